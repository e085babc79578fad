import type { Evidence } from '../report/report';
import type { ProbeOutcome } from '../probe/probe-outcome';
import { formatAddressForPeers } from '../snapshot/gateway-address';
import type { Probe, SecondReason } from '../snapshot/probe-section';
import type { GatewayInstance } from '../snapshot/snapshot';

/** Turns probes into words and evidence. A probe shows what the bot reached, which another machine may not. */

const failures: Readonly<Record<Exclude<ProbeOutcome, 'tls'>, string>> = {
  connected: 'accepts connections but completes no TLS handshake',
  refused: 'refuses connections',
  timeout: 'does not answer',
  unreachable: 'cannot be reached',
  unresolved: 'has no address in DNS',
  forbidden: 'was not probed, because nothing is ever sent to such an address',
};

/** Says what happened, as a clause about the address. */
export const describeProbe = ({ outcome, connectMs = 0, handshakeMs = 0 }: Probe): string =>
  outcome === 'tls' ? `answers in ${connectMs + handshakeMs} ms` : failures[outcome];

/** True if nothing accepts connections there, as far as the vantage point can tell. */
export const isUnanswered = ({ outcome }: Pick<Probe, 'outcome'>): boolean =>
  outcome === 'refused' || outcome === 'timeout' || outcome === 'unreachable' || outcome === 'unresolved';

/**
 * Agreement of the vantage points that nothing answers: `both`, `differ` where one gets an answer, `alone` where only the
 * bot tried. Undefined if nobody found silence. An address that the second one never connects to was not tried there.
 */
export const silenceOf = (probe: Probe): 'both' | 'differ' | 'alone' | undefined => {
  const found = probe.second?.outcome;
  const here = isUnanswered(probe);
  if (found === undefined || found === 'forbidden' || probe.outcome === 'forbidden')
    return here ? 'alone' : undefined;
  const there = isUnanswered({ outcome: found });
  if (here && there) return 'both';
  return here || there ? 'differ' : undefined;
};

/** Returns the severity of a silent address: one vantage point alone never makes an error. */
export const severityOfSilence = (probe: Probe): 'error' | 'warning' =>
  silenceOf(probe) === 'both' ? 'error' : 'warning';

/** Says what happened where nothing answered, as a clause about the address. */
export const describeSilence = (probe: Probe): string => {
  const { outcome, second: { outcome: found = outcome } = {} } = probe;
  return describeProbe({ ...probe, outcome: isUnanswered(probe) ? outcome : found });
};

const reasons: Readonly<Record<SecondReason, string>> = {
  absent: 'no worker runs there',
  late: 'it did not say in time',
  'not-configured': 'the clusters file there does not name it for this cluster',
  unreadable: 'it could not read Consul',
  'not-probed': 'Consul does not hand out this address there, or no time was left for it',
};

/** Names the vantage points, as the end of a clause about an address. */
export const nameVantagePoints = (probe: Probe): string => {
  const { second } = probe;
  const silence = silenceOf(probe);
  if (second !== undefined && second.outcome === undefined)
    return `as seen from the bot alone, not from ${second.from}: ${reasons[second.reason ?? 'late']}`;
  if (second === undefined || silence === undefined || silence === 'alone') return 'as seen from the bot';
  if (silence === 'both') return `as seen from the bot and from ${second.from}`;
  return isUnanswered(probe)
    ? `as seen from the bot; it answers ${second.from}`
    : `as seen from ${second.from}; it answers the bot`;
};

/**
 * Says what is wrong with the certificate of a server that answers, as a clause; undefined if nothing is.
 *
 * @param takenAt the time of the snapshot (ISO 8601)
 */
export const certificateProblem = (
  { certificate, expectedTrustDomain }: Probe,
  takenAt: string,
): string | undefined => {
  if (certificate === undefined) return undefined;
  const { trustDomain, notAfter } = certificate;
  const [found, expected] = [trustDomain.toLowerCase(), expectedTrustDomain.toLowerCase()];
  if (found !== '' && expected !== '' && found !== expected) {
    return `presents a certificate of the trust domain ${trustDomain} instead of ${expectedTrustDomain}, so another cluster answers there`;
  }
  return notAfter !== '' && Date.parse(notAfter) < Date.parse(takenAt)
    ? `presents a certificate that ended at ${notAfter}`
    : undefined;
};

/** Shows the answer of Consul that holds the address, and what the bot found there. */
export const probeEvidence = (probe: Probe): readonly Evidence[] => {
  const { at, address, outcome, resolved, connectMs = null, handshakeMs = null, certificate, second } = probe;
  return [
    { endpoint: at.endpoint, path: at.path, value: address },
    {
      endpoint: 'probe, as seen from the bot',
      path: address,
      value: {
        outcome,
        resolved: [...resolved],
        connectMs,
        handshakeMs,
        ...(certificate && { trustDomain: certificate.trustDomain, notAfter: certificate.notAfter }),
      },
    },
    ...(second
      ? [
          {
            endpoint: `probe, as seen from ${second.from}`,
            path: address,
            value: second.outcome ?? `not known: ${reasons[second.reason ?? 'late']}, so only the bot looked`,
          },
        ]
      : []),
  ];
};

/** Lists addresses with what happened at each, and where: `10.0.0.1:8503 refuses connections, as seen from the bot`. */
export const describeProbes = (probes: readonly Probe[]): string => {
  const shown = probes
    .slice(0, 3)
    .map((probe) => `${probe.address} ${describeSilence(probe)} (${nameVantagePoints(probe)})`);
  const more = probes.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/** Returns a lookup of what the bot found at the address of a gateway. Undefined also where several share one: any of them may have answered. */
export const gatewayProbes = (
  gateways: readonly GatewayInstance[],
  probes: readonly Probe[],
): ((gateway: GatewayInstance) => Probe | undefined) => {
  const addresses = gateways.map(formatAddressForPeers);
  return (gateway) => {
    const own = formatAddressForPeers(gateway);
    return addresses.filter((address) => address === own).length > 1
      ? undefined
      : probes.find(({ use, address }) => use === 'gateway' && address === own);
  };
};
