import { describeStates } from './drive';
import { gatewayRows } from './gateways';
import { hostRows } from './hosts';
import { routeRows } from './routes';

describeStates('gateways', [...gatewayRows, ...routeRows, ...hostRows]);
