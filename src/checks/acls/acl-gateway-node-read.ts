import { defineGatewayGrant } from './gateway-grant';

export const aclGatewayNodeRead = defineGatewayGrant({
  id: 'acl-gateway-node-read',
  grant: 'node-read',
  title: 'The token of each mesh gateway grants node:read on all nodes',
  failureTitle: 'The token of a mesh gateway does not grant node:read on all nodes',
  source: 'field',
  rationale:
    'Consul shows instances only to a token that may read both the service and its node. With the three grants of the specification alone, a gateway serves nothing after a restart.',
  fixTitle: 'Let the gateway read nodes',
});
