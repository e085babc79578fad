import { defineGatewayGrant } from './gateway-grant';

export const aclGatewayServiceRead = defineGatewayGrant({
  id: 'acl-gateway-service-read',
  grant: 'service-read',
  title: 'The token of each mesh gateway grants service:read on all services',
  failureTitle: 'The token of a mesh gateway does not grant service:read on all services',
  source: 'spec',
  rationale:
    'Without it the gateway does not know the services that it should accept traffic for, so no traffic passes through it.',
  fixTitle: 'Let the gateway read all services',
});
