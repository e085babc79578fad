import type { AnyCheck } from '../../src/checks/define';
import { evaluateCheck } from '../../src/checks/evaluate-check';
import { changeSnapshot } from '../../src/checks/examples/healthy';
import { registry } from '../../src/checks/registry';
import { runChecks } from '../../src/checks/runner';
import { openSnapshot, type ViewOptions } from '../../src/checks/view';
import type { Report, CheckResult } from '../../src/report/report';
import type { Section, Snapshot, HiddenReason } from '../../src/snapshot/snapshot';

/** Snapshots to run checks on: a healthy cluster that exports to and imports from one peer, and what differs. */

export const visible = <T>(value: T): Section<T> => ({ visibility: 'visible', value });

export const hiddenReason = (over: Partial<HiddenReason> = {}): HiddenReason => ({
  kind: 'forbidden',
  endpoint: '/v1/somewhere',
  message: 'Permission denied',
  needs: ['operator = "read"'],
  ...over,
});

export const hidden = (
  over: Partial<HiddenReason> = {},
): { readonly visibility: 'hidden'; readonly reason: HiddenReason } => ({
  visibility: 'hidden',
  reason: hiddenReason(over),
});

export const partial = <T>(value: T, over: Partial<HiddenReason> = {}): Section<T> => ({
  visibility: 'partial',
  value,
  reason: hiddenReason({ kind: 'filtered', ...over }),
});

export const snapshotOf = (
  sections: Partial<Snapshot['sections']> = {},
  cluster: Partial<Snapshot['cluster']> = {},
): Snapshot => changeSnapshot({ ...sections, cluster });

const threw = (id: string, error: unknown): never => {
  throw new Error(`${id} threw`, { cause: error });
};

/** Runs checks; one that throws fails the test. */
export const run = (
  snapshot: Snapshot,
  options: ViewOptions & { readonly checks?: readonly AnyCheck[] } = {},
): Report =>
  runChecks(snapshot, {
    ...options,
    onBug: threw,
  });

export const resultOf = (report: Report, id: string): CheckResult => {
  const result = report.results.find((candidate) => candidate.id === id);
  if (!result) throw new Error(`no result of ${id}`);
  return result;
};

/** The check of the registry with an id. */
export const registeredCheck = (id: string): AnyCheck => {
  const one = registry.find((candidate) => candidate.id === id);
  if (!one) throw new Error(`no check ${id}`);
  return one;
};

/** The result of one check of the registry over a snapshot, with the paths that end at it. */
export const check = (id: string, snapshot: Snapshot, options: ViewOptions = {}): CheckResult =>
  resultOf(run(snapshot, { ...options, checks: [registeredCheck(id)] }), id);

/** The result of one check of the registry by itself: paths that end at it do not count. */
export const checkAlone = (id: string, snapshot: Snapshot, options: ViewOptions = {}): CheckResult =>
  evaluateCheck(registeredCheck(id), openSnapshot(snapshot, options), { onBug: threw }).result;

/** A result in short: its status, and each finding as `severity kind name`. */
export const short = ({ status, findings }: CheckResult): readonly string[] => [
  status,
  ...findings.map(({ severity, subject }) => `${severity} ${subject.kind} ${subject.name}`),
];

/** Every finding of a severity as `id kind name`. */
export const findingsOf = (report: Report, severity: 'error' | 'warning' | 'info'): readonly string[] =>
  report.results.flatMap(({ id, findings }) =>
    findings
      .filter((finding) => finding.severity === severity)
      .map(({ subject }) => `${id} ${subject.kind} ${subject.name}`),
  );
