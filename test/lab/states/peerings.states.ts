import { describeStates } from './drive';
import { peeringRows } from './peerings';

describeStates('peerings', peeringRows);
