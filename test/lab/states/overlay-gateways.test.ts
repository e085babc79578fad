import { describeOverlays } from './describe-overlays';
import { gatewayRows } from './gateways';
import { routeRows } from './routes';

describeOverlays('gateways', [...gatewayRows, ...routeRows], 19);
