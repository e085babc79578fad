import { exampleGatewayToken, gatewayRules } from '../../../src/checks/examples/acl';
import { throughGateways } from '../changes';
import { hidden, partial } from '../world';
import { grantTable } from './grant-table';

grantTable({
  id: 'acl-gateway-peering-read',
  grant: 'peering-read',
  insufficient: gatewayRules.replace('peering = "read"', ''),
  changes: throughGateways,
  rows: [
    ['peering traffic does not go through gateways', { gatewayTokens: [exampleGatewayToken('')] }, 'skip'],
    ['the mesh entry is not visible', { mesh: hidden() }, 'unknown'],
    ['some mesh entries are not visible', { mesh: partial([]) }, 'unknown'],
  ],
});
