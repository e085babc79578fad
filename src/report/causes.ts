import {
  bySeverity,
  type CauseRef,
  type Finding,
  isMuted,
  type Report,
  type CheckResult,
  type Severity,
} from './report';

/**
 * Findings that follow from another one of the same report. Checks are evaluated apart, so one mistake can fail
 * several of them; a reader wants the mistake and its fix once.
 */

const keyOf = ({ check, subject }: CauseRef): string => JSON.stringify([check, subject.kind, subject.name]);

/** The finding that others follow from, and its check. */
export interface Cause {
  readonly check: string;
  readonly finding: Finding;
}

/**
 * Returns the cause of each finding that follows from another. A cause that is muted, or not in this report, explains
 * nothing: the finding then stands for itself, so that nothing is hidden behind a mute.
 */
export const causesOf = (report: Report): ReadonlyMap<Finding, Cause> => {
  const known = causesOfReport.get(report);
  if (known) return known;
  const causes = findCauses(report);
  causesOfReport.set(report, causes);
  return causes;
};

/** The causes in each report: several parts of one message read them. A report never changes. */
const causesOfReport = new WeakMap<Report, ReadonlyMap<Finding, Cause>>();

const findCauses = (report: Report): ReadonlyMap<Finding, Cause> => {
  const counting = new Map<string, Cause>();
  for (const { id, findings } of report.results) {
    for (const finding of findings) {
      const key = keyOf({ check: id, subject: finding.subject });
      if (finding.muted === undefined && !counting.has(key)) counting.set(key, { check: id, finding });
    }
  }
  const rootOf = (finding: Finding, steps: number): Cause | undefined => {
    const cause = finding.causedBy === undefined ? undefined : counting.get(keyOf(finding.causedBy));
    // A stored report could contain a loop.
    if (cause === undefined || cause.finding === finding || steps > 8) return undefined;
    return rootOf(cause.finding, steps + 1) ?? cause;
  };
  const causes = new Map<Finding, Cause>();
  for (const { findings } of report.results) {
    for (const finding of findings) {
      const cause = finding.causedBy === undefined ? undefined : rootOf(finding, 0);
      if (cause !== undefined) causes.set(finding, cause);
    }
  }
  // In a loop, and in a chain that ends in one, every finding stands for itself.
  for (const [finding, { finding: root }] of causes) if (causes.has(root)) causes.delete(finding);
  return causes;
};

/** The severity that a failed check counts with, once findings that follow from others are left out; or none. */
const ownSeverity = (result: CheckResult, causes: ReadonlyMap<Finding, Cause>): Severity | undefined => {
  if (result.status !== 'fail' || isMuted(result)) return undefined;
  if (!result.findings.some((finding) => causes.has(finding))) return result.severity;
  return result.findings
    .filter((finding) => finding.muted === undefined && !causes.has(finding))
    .map((finding) => finding.severity)
    .sort(bySeverity)[0];
};

/** Number of checks with a finding of a severity that counts and follows from no other. */
export const countCauses = (report: Report, severity: Severity): number => {
  const causes = causesOf(report);
  return report.results.filter((result) => ownSeverity(result, causes) === severity).length;
};
