import { addressKind } from '../../paths/addresses';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleGateway } from '../examples/parts';
import { consulDocs } from '../links';
import { wanAddressRemediation } from '../remediation/mesh-gateway';
import { gatewaySubjects } from '../subjects';
import { addressForPeers } from '../traffic/gateway-address';
import { hasPeeringsView } from '../views/has-peerings';
import { decideOverall, relationsView } from '../views/relations';

interface Context {
  /** False where nothing is exported, so that peers do not need the address. */
  readonly isNeeded: boolean;
  /** All hostnames that the gateways advertise. */
  readonly hostnames: readonly string[];
}

type Problem = Pick<Draft, 'severity' | 'message'>;

const hostnameProblem = (host: string, { hostnames }: Context): Problem =>
  hostnames.length > 1
    ? {
        severity: 'warning',
        message: `advertises the hostname ${host}, but other gateways advertise a different one: Envoy uses only one of ${hostnames.join(', ')}`,
      }
    : {
        severity: 'info',
        message: `advertises the hostname ${host}: upstreams that name the peer reach it, but a redirect or failover to the peer in remote mode gets no endpoints from Consul`,
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
      message: `advertises ${shown} to peers, which leads each peer to its own machine`,
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
      ? `advertises ${host} to peers, which they cannot reach`
      : 'advertises no address to peers, so they cannot reach it',
  };
};

export const meshGatewayWanAddress = defineCheck({
  id: 'mesh-gateway-wan-address',
  group: 'mesh-gateways',
  title: 'Mesh gateways advertise an address that peers can reach',
  failureTitle: 'A mesh gateway advertises an address that peers cannot reach',
  severity: 'error',
  requirement: { source: 'field', docs: consulDocs('connect/gateways/mesh-gateway'), since: '1.14.0' },
  rationale:
    'Peers call exported services at the WAN address of a mesh gateway; where it has none, at its own address or that of its node. Consul does not test the address.',
  inputs: ['gateways', relationsView, hasPeeringsView],
  partial: ['gateways', relationsView],
  examples: {
    pass: {},
    fail: {
      gateways: [
        exampleGateway({ service: { TaggedAddresses: { wan: { Address: '169.254.7.7', Port: 8443 } } } }),
      ],
    },
  },
  evaluate({ gateways, relations, hasPeerings }) {
    if (gateways.length === 0) return skip('no mesh gateway is registered');
    const addresses = gateways.map((gateway: GatewayInstance) => ({ gateway, ...addressForPeers(gateway) }));
    const named = addresses.filter(({ host }) => addressKind(host) === 'hostname').map(({ host }) => host);
    const context: Context = {
      isNeeded: !hasPeerings || decideOverall(relations, 'exports').is !== 'no',
      hostnames: [...new Set(named.map((host) => host.toLowerCase()))].sort(),
    };
    const subjectOf = gatewaySubjects(gateways);
    return addresses.flatMap(({ gateway, host, path }): readonly Draft[] => {
      const problem = problemOf(host, context);
      if (problem === undefined) return [];
      const subject = subjectOf(gateway);
      return [
        {
          ...problem,
          subject,
          message: `${subject.name} ${problem.message}`,
          evidence: [evidence(gateway.at, path, host)],
          remediation: problem.severity === 'info' ? [] : wanAddressRemediation(gateway),
        },
      ];
    });
  },
});
