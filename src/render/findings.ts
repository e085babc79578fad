import { bySeverity, type Finding, type Report, type Result, type Severity } from '../report/report';

/** The report rearranged for reading: worst first, and what is alike together. */

/** All findings of one check with one severity that count, or that are muted. */
export interface Kind {
  readonly result: Result;
  readonly severity: Severity;
  readonly findings: readonly Finding[];
}

/** What counts: errors before warnings before information; within a severity in the report's order. */
export const kindsOf = (report: Report): readonly Kind[] => kindsWhere(report, ({ muted }) => !muted);

/** The same of what is muted. */
export const mutedKindsOf = (report: Report): readonly Kind[] =>
  kindsWhere(report, ({ muted }) => muted !== undefined);

const kindsWhere = (report: Report, is: (finding: Finding) => boolean): readonly Kind[] =>
  report.results
    .flatMap((result) =>
      (['error', 'warning', 'info'] as const).map((severity) => ({
        result,
        severity,
        findings: result.findings.filter((finding) => finding.severity === severity && is(finding)),
      })),
    )
    .filter((kind) => kind.findings.length > 0)
    .sort((a, b) => bySeverity(a.severity, b.severity));

/** Checks that could not be seen, or not whole, for one and the same reason. */
export interface NotVisible {
  readonly reason: string;
  readonly results: readonly Result[];
}

/** What was not seen, by reason: one missing permission often blinds many checks. Those that decide come first. */
export const notVisibleOf = (report: Report): readonly NotVisible[] => {
  const byReason = new Map<string, Result[]>();
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
export const groupsOf = (report: Report): ReadonlyMap<string, readonly Result[]> => {
  const groups = new Map<string, Result[]>();
  for (const result of report.results) {
    const group = groups.get(result.group);
    if (group === undefined) groups.set(result.group, [result]);
    else group.push(result);
  }
  return groups;
};
