import { customEnvoyRows } from './custom-envoy';
import { describeStates } from './drive';

describeStates('custom configuration of Envoy', customEnvoyRows);
