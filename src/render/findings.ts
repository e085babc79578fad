import { type Cause, causesOf } from '../report/causes';
import { bySeverity, type Finding, type Report, type CheckResult, type Severity } from '../report/report';

/** Rearranges a report for reading: worst first, and similar findings together. */

/** All findings of one check with the same severity, either the active or the muted ones. */
export interface Kind {
  readonly result: CheckResult;
  readonly severity: Severity;
  readonly findings: readonly Finding[];
  /** Findings of other checks that follow from one of these, by that one. */
  readonly effects: ReadonlyMap<Finding, readonly Cause[]>;
}

/**
 * Groups the findings that are not muted: errors, then warnings, then notes, each in the report's order. A finding
 * that follows from another is an effect of that one and in no group.
 */
export const kindsOf = (report: Report): readonly Kind[] => {
  const causes = causesOf(report);
  return kindsWhere(report, (finding) => !finding.muted && !causes.has(finding));
};

/** The findings that follow from each cause. */
const effectsIn = (report: Report): ReadonlyMap<Finding, readonly Cause[]> => {
  const causes = causesOf(report);
  const effects = new Map<Finding, Cause[]>();
  for (const { id, findings } of report.results) {
    for (const finding of findings) {
      const root = causes.get(finding)?.finding;
      if (root === undefined || finding.muted !== undefined) continue;
      const known = effects.get(root);
      if (known === undefined) effects.set(root, [{ check: id, finding }]);
      else known.push({ check: id, finding });
    }
  }
  return effects;
};

/** Groups the muted findings in the same order. */
export const mutedKindsOf = (report: Report): readonly Kind[] =>
  kindsWhere(report, ({ muted }) => muted !== undefined);

const kindsWhere = (report: Report, is: (finding: Finding) => boolean): readonly Kind[] => {
  const effects = effectsIn(report);
  return report.results
    .flatMap((result) =>
      (['error', 'warning', 'info'] as const).map((severity) => ({
        result,
        severity,
        findings: result.findings.filter((finding) => finding.severity === severity && is(finding)),
        effects,
      })),
    )
    .filter((kind) => kind.findings.length > 0)
    .sort((a, b) => bySeverity(a.severity, b.severity));
};

/** Checks that could not be evaluated, or only in part, all for the same reason. */
export interface NotVisible {
  readonly reason: string;
  readonly results: readonly CheckResult[];
}

/** Groups checks by the reason why data was not visible: one missing permission often affects many. Worst first. */
export const notVisibleOf = (report: Report): readonly NotVisible[] => {
  const byReason = new Map<string, CheckResult[]>();
  for (const result of report.results
    .filter((r) => r.status === 'unknown' || (r.status !== 'skip' && r.reason !== ''))
    .sort((a, b) => bySeverity(a.severity, b.severity))) {
    const alike = byReason.get(result.reason);
    if (alike === undefined) byReason.set(result.reason, [result]);
    else alike.push(result);
  }
  return [...byReason].map(([reason, results]) => ({ reason, results }));
};

export const findingCount = (kinds: readonly Kind[]): number =>
  kinds.reduce((total, kind) => total + kind.findings.length, 0);

/** Results by group, in the report's order. */
export const groupsOf = (report: Report): ReadonlyMap<string, readonly CheckResult[]> => {
  const groups = new Map<string, CheckResult[]>();
  for (const result of report.results) {
    const group = groups.get(result.group);
    if (group === undefined) groups.set(result.group, [result]);
    else group.push(result);
  }
  return groups;
};
