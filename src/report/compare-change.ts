import { issueKey, issuesOf } from './diff';
import type { CheckResult, Finding, Report } from './report';

/** A finding with the check that has it. */
export interface CheckFinding {
  readonly check: string;
  readonly finding: Finding;
}

/** The predicted effect of a change on the findings of a cluster. */
export interface ChangeEffect {
  /** Findings that the change would bring, or make an error of a warning. */
  readonly breaks: readonly CheckFinding[];
  /** Findings that the change would end. */
  readonly fixes: readonly CheckFinding[];
  /** Findings with and without the change. */
  readonly unchanged: readonly CheckFinding[];
  /** Checks that can be evaluated now, and could not be with the change. */
  readonly newlyUnknown: readonly CheckResult[];
}

const findingsBy = (report: Report): ReadonlyMap<string, CheckFinding> => {
  const counted = issuesOf(report);
  const found = new Map<string, CheckFinding>();
  for (const { id, findings } of report.results) {
    for (const finding of findings) {
      const key = issueKey({ check: id, subject: finding.subject });
      if (counted.get(key)?.severity === finding.severity && !found.has(key))
        found.set(key, { check: id, finding });
    }
  }
  return found;
};

/** Compares the report of a cluster with the one that a change would give it. */
export const compareChange = (before: Report, after: Report): ChangeEffect => {
  const [old, now] = [findingsBy(before), findingsBy(after)];
  const unknown = new Set(after.results.filter(({ status }) => status === 'unknown').map(({ id }) => id));
  const wasUnknown = new Set(before.results.filter(({ status }) => status === 'unknown').map(({ id }) => id));
  const isWorse = (key: string, { finding }: CheckFinding): boolean =>
    finding.severity === 'error' && old.get(key)?.finding.severity === 'warning';
  return {
    breaks: [...now].filter(([key, one]) => !old.has(key) || isWorse(key, one)).map(([, one]) => one),
    fixes: [...old].filter(([key, { check }]) => !now.has(key) && !unknown.has(check)).map(([, one]) => one),
    unchanged: [...now].filter(([key, one]) => old.has(key) && !isWorse(key, one)).map(([, one]) => one),
    newlyUnknown: after.results.filter(({ id }) => unknown.has(id) && !wasUnknown.has(id)),
  };
};
