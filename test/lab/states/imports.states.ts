import { describeStates } from './drive';
import { importRows } from './imports';

describeStates('imports', importRows);
