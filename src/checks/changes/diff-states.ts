import type { ClusterState } from '../../report/cluster-state';
import { compareStates } from '../../report/compare-states';
import type { Remediation } from '../../report/report';
import type { ComparedRun, StateDiff } from '../../report/state-diff';
import { checksReading } from './checks-reading';
import { putBackRemediation } from './put-back';

/** Maximum characters of all fixes of one answer. */
const maxFixes = 64 * 1024;

/** A state, and the stored run that has it; null for a snapshot. */
export interface RunState {
  readonly run: ComparedRun['run'];
  readonly state: ClusterState;
}

/** Returns what changed from one state of a cluster to another, with the fixes that put entries back. */
export const diffStates = (cluster: string, before: RunState, after: RunState): StateDiff => {
  const { changes, leftOut, notCompared } = compareStates(before.state, after.state);
  const fixed = new Set<string>();
  let room = maxFixes;
  const remediation = changes.flatMap((change): readonly Remediation[] => {
    const key = JSON.stringify([change.cluster, change.subject]);
    const fixes = fixed.has(key) ? [] : putBackRemediation(change, before.state, after.state);
    const characters = fixes.reduce((sum, { code }) => sum + code.length, 0);
    if (fixes.length === 0 || characters > room) return [];
    fixed.add(key);
    room -= characters;
    return fixes;
  });
  return {
    schemaVersion: 1,
    cluster,
    before: { run: before.run, takenAt: before.state.takenAt },
    after: { run: after.run, takenAt: after.state.takenAt },
    changes: changes.map((change) => ({ ...change, checks: checksReading(change) })),
    leftOut,
    notCompared,
    remediation,
  };
};
