import { describeStates } from './drive';
import { gatewayRows } from './gateways';
import { routeRows } from './imports';

describeStates('gateways', [...gatewayRows, ...routeRows]);
