import { defineCheck } from '../define';
import { exampleCluster, exampleGateway } from '../examples';
import { spec } from '../links';
import { exampleAcl, exampleGatewayToken, gatewayRules, notSearched } from './examples';
import { judgeGrant } from './gateway-grant';

export const aclGatewayServiceRead = defineCheck({
  id: 'acl-gateway-service-read',
  group: 'acls',
  title: 'The token of each mesh gateway grants service:read on all services',
  severity: 'error',
  requirement: { source: 'spec', docs: spec('acl-requirements'), since: '1.14.0' },
  rationale:
    'Without it the gateway does not learn of the services that it should let through, and no traffic passes it.',
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
      gatewayTokens: [exampleGatewayToken('mesh = "write"\nservice "mesh-gateway" { policy = "write" }')],
      gateways: { seen: 'all', value: [exampleGateway()] },
      cluster: exampleCluster,
      tokenCandidates: notSearched,
    },
  },
  evaluate: (views) => judgeGrant('service-read', views),
});
