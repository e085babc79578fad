import { exampleEntry } from '../examples/parts';
import { defineGatewayGrant } from './gateway-grant';

export const aclGatewayPeeringRead = defineGatewayGrant({
  id: 'acl-gateway-peering-read',
  grant: 'peering-read',
  title: 'If peering goes through mesh gateways, their tokens grant peering:read',
  failureTitle: 'Peering goes through mesh gateways, but the token of one does not grant peering:read',
  source: 'field',
  rationale: 'Without it the gateway does not know the peerings whose control traffic it should carry.',
  fixTitle: 'Let the gateway carry peering traffic',
  onlyThroughGateways: true,
  exampleChanges: {
    mesh: [exampleEntry({ Kind: 'mesh' as const, Name: 'mesh', Peering: { PeerThroughMeshGateways: true } })],
  },
});
