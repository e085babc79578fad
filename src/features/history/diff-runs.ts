import { diffStates, type RunState } from '../../checks/changes/diff-states';
import type { RequestFailure } from '../../render/failure';
import type { RunReport } from '../../report/cluster-state';
import type { StateDiff } from '../../report/state-diff';
import { failure, type Result, success } from '../../result';
import type { RunChoice } from './parse-when';
import type { RunSummary } from './reports.store';

/** Stored runs that are tried until one may be shown. */
const maxTried = 10;

/** Returns a stored run of the cluster, or why it cannot be shown. */
type FindStored = (run: string) => Promise<Result<RunReport, RequestFailure>>;

interface Found extends RunState {
  readonly at: string;
}

type Listed = Pick<RunSummary, 'run' | 'at' | 'peer'>;

export const diffUsage = 'diff CLUSTER [WHEN [WHEN]]';

const wrong = (problem: string) =>
  failure<RequestFailure>({ kind: 'usage', problem, usage: `/peering ${diffUsage}` });

const open = async (run: string, find: FindStored): Promise<Result<Found, RequestFailure>> => {
  const found = await find(run);
  if (!found.ok) return found;
  const { state, startedAt } = found.value;
  return state === undefined
    ? wrong(`the run of ${startedAt} was stored by an earlier version, which did not keep what is compared`)
    : success({ run, state, at: startedAt });
};

/** Opens the newest run of a list that may be shown. */
const openNewest = async (
  runs: readonly Listed[],
  find: FindStored,
  none: string,
): Promise<Result<Found, RequestFailure>> => {
  let last: Result<Found, RequestFailure> = wrong(none);
  for (const { run } of runs.slice(0, maxTried)) {
    last = await open(run, find);
    if (last.ok) return last;
  }
  return last;
};

const openAt = (
  when: RunChoice,
  runs: readonly Listed[],
  find: FindStored,
): Promise<Result<Found, RequestFailure>> => {
  if (when.kind === 'run') return open(when.run, find);
  const oldest = runs.at(-1);
  return openNewest(
    runs.filter(({ at }) => Date.parse(at) <= when.ms),
    find,
    oldest === undefined
      ? 'no check of the whole cluster is stored'
      : `no stored run is that old: the oldest began at ${oldest.at}`,
  );
};

/**
 * Compares two stored runs of a cluster: the two newest of the whole cluster; or that of a WHEN with the newest; or those of
 * two WHENs, in either order.
 *
 * @param stored the runs of the cluster, newest first
 */
export const diffRuns = async (
  cluster: string,
  [one, other]: readonly RunChoice[],
  stored: readonly Listed[],
  find: FindStored,
): Promise<Result<StateDiff, RequestFailure>> => {
  const runs = stored.filter(({ peer }) => peer === null);
  const none = 'no check of the whole cluster is stored';
  const newer = other === undefined ? await openNewest(runs, find, none) : await openAt(other, runs, find);
  if (!newer.ok) return newer;
  const older =
    one === undefined
      ? await openNewest(
          runs.slice(runs.findIndex(({ run }) => run === newer.value.run) + 1),
          find,
          'only one check of the whole cluster is stored',
        )
      : await openAt(one, runs, find);
  if (!older.ok) return older;
  if (older.value.run === newer.value.run)
    return wrong(`the newest run at both times is the one that began at ${newer.value.at}`);
  const [before, after] = [older.value, newer.value].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)) as [
    Found,
    Found,
  ];
  return success(diffStates(cluster, before, after));
};
