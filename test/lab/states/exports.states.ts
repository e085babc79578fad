import { describeStates } from './drive';
import { exportRows, wildcardLinkRows } from './exports';
import { intentionRows } from './intentions';

describeStates('exports and intentions', [...exportRows, ...intentionRows, ...wildcardLinkRows]);
