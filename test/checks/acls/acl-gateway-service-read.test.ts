import { gatewayRules } from '../../../src/checks/examples/acl';
import { grantTable } from './grant-table';

grantTable({
  id: 'acl-gateway-service-read',
  grant: 'service-read',
  insufficient: gatewayRules.replace('service_prefix ""', 'service_prefix "a"'),
});
