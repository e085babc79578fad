import { type Finding, isFullyEvaluated, type Report, type Severity } from './report';

/** The identity of a finding from one run to the next. Its message may change; this may not. */
export interface Issue {
  readonly check: string;
  readonly subject: Finding['subject'];
  readonly severity: Severity;
}

/**
 * The changes from one report to a later one. Muted findings are no issues on either side. One that became muted is
 * `newlyMuted`, not resolved. One whose mute ended is `added`, as it counts from now on. One that went away while it
 * was muted is in no list.
 */
export interface Difference {
  readonly verdict: { readonly before: Report['verdict']; readonly after: Report['verdict'] };
  readonly added: readonly Issue[];
  readonly resolved: readonly Issue[];
  readonly unchanged: readonly Issue[];
  /** Was open, and is not visible now: neither resolved nor open. */
  readonly newlyHidden: readonly Issue[];
  /** Was open, is still found, and no longer counts because it was muted. */
  readonly newlyMuted: readonly Issue[];
}

/** Returns a text that identifies an issue, to use as a key. */
export const issueKey = ({ check, subject }: Pick<Issue, 'check' | 'subject'>): string =>
  JSON.stringify([check, subject.kind, subject.name]);

/** Returns the errors and warnings of a report that are not muted, by key; of equal keys, the worst. */
export const issuesOf = (report: Report): ReadonlyMap<string, Issue> =>
  issuesWhere(report, ({ muted }) => !muted);

const issuesWhere = (report: Report, is: (finding: Finding) => boolean): ReadonlyMap<string, Issue> => {
  const issues = new Map<string, Issue>();
  for (const { id, findings } of report.results) {
    for (const finding of findings) {
      const { subject, severity } = finding;
      if (severity === 'info' || !is(finding)) continue;
      const issue = { check: id, subject, severity };
      const known = issues.get(issueKey(issue));
      if (known === undefined || (known.severity === 'warning' && severity === 'error'))
        issues.set(issueKey(issue), issue);
    }
  }
  return issues;
};

/**
 * Compares two reports of one cluster. A check that is unknown or only partly visible in the later report resolves
 * nothing: its missing findings are `newlyHidden`, because green is shown only for what is visible.
 */
export const diffReports = (before: Report, after: Report): Difference => {
  const [old, now] = [issuesOf(before), issuesOf(after)];
  const evaluated = new Set(after.results.filter(isFullyEvaluated).map(({ id }) => id));
  const muted = issuesWhere(after, ({ muted }) => muted !== undefined);
  const gone = [...old].filter(([key]) => !now.has(key) && !muted.has(key)).map(([, issue]) => issue);
  const isVisible = ({ check }: Issue): boolean => evaluated.has(check);
  return {
    verdict: { before: before.verdict, after: after.verdict },
    added: [...now].filter(([key]) => !old.has(key)).map(([, issue]) => issue),
    resolved: gone.filter(isVisible),
    unchanged: [...now].filter(([key]) => old.has(key)).map(([, issue]) => issue),
    newlyHidden: gone.filter((issue) => !isVisible(issue)),
    newlyMuted: [...old].filter(([key]) => !now.has(key) && muted.has(key)).map(([, issue]) => issue),
  };
};
