import type { Evidence } from '../report/report';
import type { ProbeOutcome } from '../probe/probe-outcome';
import { formatAddressForPeers } from '../snapshot/gateway-address';
import type { Probe } from '../snapshot/probe-section';
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

/** True if nothing accepts connections there, as far as the bot can tell. */
export const isUnanswered = ({ outcome }: Probe): boolean =>
  outcome === 'refused' || outcome === 'timeout' || outcome === 'unreachable' || outcome === 'unresolved';

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
  const { at, address, outcome, resolved, connectMs = null, handshakeMs = null, certificate } = probe;
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
  ];
};

/** Lists addresses with what happened at each: `10.0.0.1:8503 refuses connections and 10.0.0.2:8503 does not answer`. */
export const describeProbes = (probes: readonly Probe[]): string => {
  const shown = probes.slice(0, 3).map((probe) => `${probe.address} ${describeProbe(probe)}`);
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
