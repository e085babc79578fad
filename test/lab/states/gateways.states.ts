import { describeStates } from './drive';
import { gatewayRows } from './gateways';
import { routeRows } from './routes';

describeStates('gateways', [...gatewayRows, ...routeRows]);
