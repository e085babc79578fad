import { attachChanges, type RunBefore } from '../../checks/changes/attach-changes';
import type { RunReport } from '../../report/cluster-state';
import { compareStates } from '../../report/compare-states';
import { issueKey } from '../../report/diff';
import { type Finding, isFullyEvaluated } from '../../report/report';
import type { Reports } from './reports.store';

/** Stored runs that are searched for the last one without a finding. */
const maxSearched = 8;
/** Runs that one report is compared with. Findings that began at more different times show no changes. */
const maxCompared = 4;

/** Runs of the same peers and the same other sides: others find more or less for reasons of their own. */
const isAlike = (one: RunReport, other: RunReport): boolean =>
  one.peer === other.peer && one.otherSides?.join() === other.otherSides?.join();

const keyed = ({
  results,
}: RunReport): ReadonlyMap<string, { readonly check: string; readonly finding: Finding }> =>
  new Map(
    results.flatMap(({ id, findings }) =>
      findings.map(
        (finding) => [issueKey({ check: id, subject: finding.subject }), { check: id, finding }] as const,
      ),
    ),
  );

/** Finds the last run without each finding. A finding that an earlier run has already had keeps the run of that one. */
const runsWithout = async (
  report: RunReport,
  reports: Pick<Reports, 'find' | 'history'>,
): Promise<{
  readonly runs: ReadonlyMap<string, string>;
  readonly loaded: ReadonlyMap<string, RunReport>;
}> => {
  const runs = new Map<string, string>();
  const loaded = new Map<string, RunReport>();
  const waiting = new Map(keyed(report));
  const cluster = report.cluster.name;
  if (waiting.size === 0) return { runs, loaded };
  const history = (await reports.history([cluster], 4 * maxSearched)).get(cluster) ?? [];
  for (const { run } of history.filter(({ peer }) => peer === report.peer).slice(0, maxSearched)) {
    if (waiting.size === 0) break;
    const before = await reports.find(run);
    if (before === undefined || !isAlike(before, report)) continue;
    loaded.set(run, before);
    const had = keyed(before);
    const evaluated = new Set(before.results.filter(isFullyEvaluated).map(({ id }) => id));
    for (const [key, { check }] of waiting) {
      const earlier = had.get(key);
      if (earlier === undefined && !evaluated.has(check)) continue;
      waiting.delete(key);
      const since = earlier === undefined ? run : earlier.finding.changed?.run;
      if (since !== undefined) runs.set(key, since);
    }
  }
  return { runs, loaded };
};

/** Adds to the findings of a report what changed since the last stored run without them. */
export const addChanges = async (
  report: RunReport,
  reports: Pick<Reports, 'find' | 'history'>,
): Promise<RunReport> => {
  const { state } = report;
  if (state === undefined) return report;
  const { runs, loaded } = await runsWithout(report, reports);
  const compared = new Map<string, RunBefore>();
  for (const run of [...new Set(runs.values())].slice(0, maxCompared)) {
    const before = loaded.get(run) ?? (await reports.find(run));
    if (
      before?.state === undefined ||
      before.cluster.name !== report.cluster.name ||
      !isAlike(before, report)
    )
      continue;
    const { changes } = compareStates(before.state, state);
    compared.set(run, { run, at: before.startedAt, state: before.state, changes });
  }
  if (compared.size === 0) return report;
  return {
    ...attachChanges(report, state, (check, { subject }) =>
      compared.get(runs.get(issueKey({ check, subject })) ?? ''),
    ),
    state,
  };
};
