import { compareStates, type StateComparison } from '../../report/compare-states';
import type { Snapshot } from '../../snapshot/snapshot';
import { stateOf } from './state-of';

/**
 * Returns what changed in a cluster, and in the other sides that both snapshots hold, from one snapshot to a later one. Pure:
 * the order depends on names alone.
 */
export const compareSnapshots = (before: Snapshot, after: Snapshot): StateComparison =>
  compareStates(stateOf(before), stateOf(after));
