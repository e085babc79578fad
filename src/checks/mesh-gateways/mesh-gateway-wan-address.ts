import { addressKind, isHostname } from '../../paths/addresses';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleGateway } from '../examples/parts';
import { consulDocs } from '../links';
import { wanAddressRemediation } from '../remediation/mesh-gateway';
import {
  certificateProblem,
  describeSilence,
  gatewayProbes,
  probeEvidence,
  nameVantagePoints,
  severityOfSilence,
  silenceOf,
} from '../probes';
import type { Probe } from '../../snapshot/probe-section';
import { isCritical } from '../../snapshot/health';
import { rowsOf } from '../../snapshot/section';
import { peeringSubject, gatewaySubjects } from '../subjects';
import { addressForPeers } from '../../snapshot/gateway-address';
import { hasPeeringsView } from '../views/has-peerings';
import { decideOverall, relationsView } from '../views/relations';

interface Context {
  /** False where nothing is exported, so that peers do not need the address. */
  readonly isNeeded: boolean;
  /** All hostnames that the gateways advertise. */
  readonly hostnames: readonly string[];
  /** True if some gateways advertise an IP address. */
  readonly hasAddresses: boolean;
}

type Problem = Pick<Draft, 'severity' | 'message'>;

const hostnameProblem = (host: string, { hostnames, hasAddresses }: Context): Problem => {
  if (hasAddresses) {
    return {
      severity: 'warning',
      message: `advertises the hostname ${host}, but other gateways advertise an IP address: Consul gives peers the hostname alone, so the other gateways get no calls, and redirects and failover to the peer in remote mode get no endpoints`,
    };
  }
  return hostnames.length > 1
    ? {
        severity: 'warning',
        message: `advertises the hostname ${host}, but other gateways advertise a different one: Envoy uses only one of ${hostnames.join(', ')}`,
      }
    : {
        severity: 'info',
        message: `advertises the hostname ${host}: upstreams that name the peer reach it, but a redirect or failover to the peer in remote mode gets no endpoints from Consul`,
      };
};

/** Severity and problem of an address; undefined where there is nothing to say. */
const problemOf = (host: string, context: Context): Problem | undefined => {
  const shown = host || 'no address';
  const kind = addressKind(host);
  if (kind === 'public') return undefined;
  if (kind === 'hostname') return hostnameProblem(host, context);
  if (kind === 'loopback') {
    return {
      severity: 'warning',
      message: `advertises ${shown} to peers, which sends each peer to its own machine`,
    };
  }
  if (kind === 'private') {
    return {
      severity: 'info',
      message: `advertises ${shown} to peers, in a private range: their networks must be connected with this one`,
    };
  }
  return {
    severity: context.isNeeded ? 'error' : 'warning',
    message: host
      ? `advertises ${host} to peers, which they cannot reach${host === '0.0.0.0' || host === '::' ? '; a call flows only where both clusters run on one machine' : ''}`
      : 'advertises no address to peers, so they cannot reach it',
  };
};

/** Says what is wrong with what the bot found at the address of a gateway that passes its own health checks. */
const probedProblem = (
  gateway: GatewayInstance,
  probe: Probe | undefined,
  { takenAt, isNeeded }: { readonly takenAt: string; readonly isNeeded: boolean },
): Problem | undefined => {
  if (probe === undefined) return undefined;
  const certificate = certificateProblem(probe, takenAt);
  if (certificate !== undefined) {
    return {
      severity: 'warning',
      message: `advertises ${probe.address} to peers, which ${certificate}, as seen from the bot`,
    };
  }
  // Those without a check, and those that fail one, are a matter of `mesh-gateway-healthy`.
  const passes = gateway.Checks.some(({ ServiceID }) => ServiceID !== '') && !gateway.Checks.some(isCritical);
  return passes && silenceOf(probe) !== undefined
    ? {
        severity: isNeeded ? severityOfSilence(probe) : 'warning',
        message: `advertises ${probe.address} to peers, which ${describeSilence(probe)}, ${nameVantagePoints(probe)}`,
      }
    : undefined;
};

/** Reports gateways of peers that do not answer the bot, at the addresses that sidecars here call. */
const peerGatewayFindings = (probes: readonly Probe[], takenAt: string): readonly Draft[] => {
  const byPeer = Map.groupBy(
    probes.filter(({ use }) => use === 'peer-gateway'),
    ({ peer }) => peer ?? '',
  );
  return [...byPeer].flatMap(([peer, found]): readonly Draft[] => {
    const bad = found.flatMap((probe) => {
      const problem =
        certificateProblem(probe, takenAt) ??
        (silenceOf(probe) === undefined
          ? undefined
          : `${describeSilence(probe)} (${nameVantagePoints(probe)})`);
      return problem === undefined ? [] : [{ probe, problem }];
    });
    if (bad.length === 0) return [];
    const shown = bad.slice(0, 3).map(({ probe, problem }) => `${probe.address} ${problem}`);
    return [
      {
        // Calls go on through the others, if one of them answers anywhere.
        severity: found.every((probe) => silenceOf(probe) === 'both') ? 'error' : 'warning',
        subject: peeringSubject(peer),
        message: `calls to ${peer} go to ${found.length === 1 ? 'a mesh gateway' : `${bad.length} of ${found.length} mesh gateways`} with a problem: ${shown.join(', ')}${bad.length > shown.length ? ` and ${bad.length - shown.length} more` : ''}. The gateways and sidecars of this cluster may reach it from where they are`,
        evidence: bad.flatMap(({ probe }) => probeEvidence(probe)),
        remediation: [],
      },
    ];
  });
};

export const meshGatewayWanAddress = defineCheck({
  id: 'mesh-gateway-wan-address',
  group: 'mesh-gateways',
  title: 'Mesh gateways advertise an address that peers can reach',
  failureTitle: 'A mesh gateway advertises an address that peers cannot reach',
  severity: 'error',
  requirement: { source: 'field', docs: consulDocs('connect/gateways/mesh-gateway'), since: '1.14.0' },
  rationale:
    'Peers call exported services at the WAN address of a mesh gateway; where it has none, at its own address or that of its node. Consul does not test the address. Where probes are on, the bot connects to it, and to the gateways of peers that sidecars here call; what it cannot reach is an error only if a second vantage point does not reach it either.',
  inputs: ['gateways', relationsView, hasPeeringsView, 'takenAt'],
  partial: ['gateways', relationsView],
  optional: ['probes'],
  examples: {
    pass: {},
    fail: {
      gateways: [
        exampleGateway({ service: { TaggedAddresses: { wan: { Address: '169.254.7.7', Port: 8443 } } } }),
      ],
    },
  },
  evaluate({ gateways, relations, hasPeerings, probes, takenAt }) {
    const shown = new Set(relations.map(({ name }) => name));
    const ofPeers = peerGatewayFindings(
      rowsOf(probes).filter(({ peer = '' }) => shown.has(peer)),
      takenAt,
    );
    if (gateways.length === 0) {
      return ofPeers.length > 0 ? ofPeers : skip('no mesh gateway is registered');
    }
    const probeOf = gatewayProbes(gateways, rowsOf(probes));
    const addresses = gateways.map((gateway: GatewayInstance) => ({ gateway, ...addressForPeers(gateway) }));
    const named = addresses.filter(({ host }) => addressKind(host) === 'hostname').map(({ host }) => host);
    const context: Context = {
      isNeeded: !hasPeerings || decideOverall(relations, 'exports').is !== 'no',
      hostnames: [...new Set(named.map((host) => host.toLowerCase()))].sort(),
      hasAddresses: addresses.some(({ host }) => host !== '' && !isHostname(host)),
    };
    const subjectOf = gatewaySubjects(gateways);
    const own = addresses.flatMap(({ gateway, host, path }): readonly Draft[] => {
      const probe = probeOf(gateway);
      const byKind = problemOf(host, context);
      const probed = probedProblem(gateway, probe, { takenAt, isNeeded: context.isNeeded });
      const problem = byKind?.severity === 'info' ? (probed ?? byKind) : (byKind ?? probed);
      if (problem === undefined) return [];
      const subject = subjectOf(gateway);
      return [
        {
          ...problem,
          subject,
          message: `${subject.name} ${problem.message}`,
          evidence: [evidence(gateway.at, path, host), ...(probe ? probeEvidence(probe).slice(1) : [])],
          remediation:
            problem.severity === 'info' || problem === probed ? [] : wanAddressRemediation(gateway),
        },
      ];
    });
    return [...own, ...ofPeers];
  },
});
