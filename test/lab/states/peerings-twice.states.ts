import { describeStates } from './drive';
import { twicePeeredRows } from './peerings';

describeStates('two peerings', twicePeeredRows, { twice: true });
