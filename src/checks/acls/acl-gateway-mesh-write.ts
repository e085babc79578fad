import { defineGatewayGrant } from './gateway-grant';

export const aclGatewayMeshWrite = defineGatewayGrant({
  id: 'acl-gateway-mesh-write',
  grant: 'mesh-write',
  title: 'The token of each mesh gateway grants mesh:write',
  failureTitle: 'The token of a mesh gateway does not grant mesh:write',
  source: 'spec',
  rationale:
    'Without it, the gateway gets no leaf certificate and cannot terminate TLS, so no traffic from peers passes through it.',
  fixTitle: 'Let the gateway terminate TLS',
});
