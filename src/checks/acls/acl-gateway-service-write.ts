import { defineGatewayGrant } from './gateway-grant';

export const aclGatewayServiceWrite = defineGatewayGrant({
  id: 'acl-gateway-service-write',
  grant: 'service-write',
  title: 'The token of each mesh gateway grants service:write on the gateway itself',
  failureTitle: 'The token of a mesh gateway does not grant service:write on the gateway itself',
  source: 'spec',
  rationale: 'Without it the gateway cannot register itself, so no traffic passes through it.',
  fixTitle: 'Let the gateway register itself',
});
