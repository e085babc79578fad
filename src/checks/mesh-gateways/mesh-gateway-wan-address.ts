import { addressKind } from '../../paths/addresses';
import type { GatewayInstance } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleGateway } from '../examples/parts';
import { consulDocs } from '../links';
import { wanAddressRemediation } from '../remediation/mesh-gateway';
import { gatewaySubject } from '../subjects';
import { addressForPeers } from '../traffic/gateway-address';
import { hasPeeringsView } from '../views/has-peerings';
import { decideOverall, relationsView } from '../views/relations';

interface Context {
  /** False where nothing is exported, so that peers do not need the address. */
  readonly isNeeded: boolean;
  /** All hostnames that the gateways hand out. */
  readonly hostnames: readonly string[];
}

/** Severity and problem of an address; undefined where there is nothing to say. */
const problemOf = (
  host: string,
  { isNeeded, hostnames }: Context,
): Pick<Draft, 'severity' | 'message'> | undefined => {
  const shown = host || 'no address';
  switch (addressKind(host)) {
    case 'unspecified':
    case 'link-local':
      return {
        severity: isNeeded ? 'error' : 'warning',
        message: `hands out ${shown} to peers, which they cannot reach`,
      };
    case 'loopback':
      return {
        severity: 'warning',
        message: `hands out ${shown} to peers, which leads them back to their own machine`,
      };
    case 'private':
      return {
        severity: 'info',
        message: `hands out ${shown} to peers, in a private range: their networks must be connected with this one`,
      };
    case 'hostname':
      return hostnames.length > 1
        ? {
            severity: 'warning',
            message: `hands out the hostname ${shown}, and other gateways hand out another one: Envoy uses only one of ${hostnames.join(', ')}`,
          }
        : {
            severity: 'info',
            message: `hands out the hostname ${shown}: upstreams that name the peer reach it, but a redirect or failover to the peer in remote mode gets no endpoints from Consul`,
          };
    case 'public':
      return undefined;
  }
};

export const meshGatewayWanAddress = defineCheck({
  id: 'mesh-gateway-wan-address',
  group: 'mesh-gateways',
  title: 'Mesh gateways hand out an address that peers can reach',
  failureTitle: 'A mesh gateway hands out an address that peers cannot reach',
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
    return addresses.flatMap(({ gateway, host, path }): readonly Draft[] => {
      const problem = problemOf(host, context);
      if (problem === undefined) return [];
      const subject = gatewaySubject(gateway);
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
