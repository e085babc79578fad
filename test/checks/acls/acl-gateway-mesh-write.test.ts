import { gatewayRules } from '../../../src/checks/examples/acl';
import { grantTable } from './grant-table';

grantTable({
  id: 'acl-gateway-mesh-write',
  grant: 'mesh-write',
  insufficient: gatewayRules.replace('mesh = "write"', 'mesh = "read"'),
});
