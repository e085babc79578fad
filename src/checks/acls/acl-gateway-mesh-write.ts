import { defineCheck } from '../define';
import { exampleCluster, exampleGateway } from '../examples';
import { spec } from '../links';
import { exampleAcl, exampleGatewayToken, gatewayRules, notSearched } from './examples';
import { judgeGrant } from './gateway-grant';

export const aclGatewayMeshWrite = defineCheck({
  id: 'acl-gateway-mesh-write',
  group: 'acls',
  title: 'The token of each mesh gateway grants mesh:write',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('acl-requirements'), since: '1.14.0' },
  rationale:
    'Without it the gateway is issued no leaf certificate to terminate TLS with, and no traffic from peers passes it.',
  inputs: ['acl', 'gatewayTokens', 'cluster'],
  optional: ['gateways', 'tokenCandidates'],
  examples: {
    pass: {
      acl: exampleAcl(),
      gatewayTokens: [exampleGatewayToken(gatewayRules)],
      gateways: { seen: 'all', value: [exampleGateway()] },
      cluster: exampleCluster,
      tokenCandidates: notSearched,
    },
    fail: {
      acl: exampleAcl(),
      gatewayTokens: [
        exampleGatewayToken(
          'service "mesh-gateway" { policy = "write" }\nservice_prefix "" { policy = "read" }',
        ),
      ],
      gateways: { seen: 'all', value: [exampleGateway()] },
      cluster: exampleCluster,
      tokenCandidates: notSearched,
    },
  },
  evaluate: (views) => judgeGrant('mesh-write', views),
});
