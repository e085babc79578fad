import { defineCheck, skip } from '../define';
import { exampleCluster, exampleEntry, exampleGateway } from '../examples';
import { spec } from '../links';
import { exampleAcl, exampleGatewayToken, gatewayRules, notSearched } from './examples';
import { judgeGrant } from './gateway-grant';

const throughGateways = exampleEntry({
  Kind: 'mesh' as const,
  Name: 'mesh',
  Peering: { PeerThroughMeshGateways: true },
});

export const aclGatewayPeeringRead = defineCheck({
  id: 'acl-gateway-peering-read',
  group: 'acls',
  title: 'Where peering goes through mesh gateways, their tokens grant peering:read',
  severity: 'error',
  requirement: { source: 'field', docs: spec('acl-requirements'), since: '1.14.0' },
  rationale: 'Without it the gateway does not learn of the peerings whose control traffic it should carry.',
  inputs: ['acl', 'gatewayTokens', 'mesh', 'cluster'],
  optional: ['gateways', 'tokenCandidates'],
  examples: {
    pass: {
      acl: exampleAcl(),
      gatewayTokens: [exampleGatewayToken(gatewayRules)],
      gateways: { seen: 'all', value: [exampleGateway()] },
      mesh: [throughGateways],
      cluster: exampleCluster,
      tokenCandidates: notSearched,
    },
    fail: {
      acl: exampleAcl(),
      gatewayTokens: [
        exampleGatewayToken(
          'mesh = "write"\nservice "mesh-gateway" { policy = "write" }\nservice_prefix "" { policy = "read" }',
        ),
      ],
      gateways: { seen: 'all', value: [exampleGateway()] },
      mesh: [throughGateways],
      cluster: exampleCluster,
      tokenCandidates: notSearched,
    },
  },
  evaluate({ mesh, ...views }) {
    if (views.acl.enabled && !mesh.some(({ entry }) => entry.Peering?.PeerThroughMeshGateways)) {
      return skip('peering traffic does not go through mesh gateways (PeerThroughMeshGateways is off)');
    }
    return judgeGrant('peering-read', views);
  },
});
