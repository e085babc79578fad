import { describeStates } from './drive';
import { exportRows } from './exports';
import { intentionRows } from './intentions';

describeStates('exports and intentions', [...exportRows, ...intentionRows]);
