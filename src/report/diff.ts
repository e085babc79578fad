import { type Finding, isJudged, type Report, type Severity } from './report';

/** A finding's identity from one run to the next: what was found, where. Words may change, this may not. */
export interface Issue {
  readonly check: string;
  readonly subject: Finding['subject'];
  readonly severity: Severity;
}

/**
 * What changed from one report to a later one. Muted findings are no issues on either side: one that became muted
 * is told as such and is not resolved; one whose mute ended appears, as it counts from now on; one that went away
 * while it was muted is not told at all, since nobody was told of it.
 */
export interface Difference {
  readonly verdict: { readonly before: Report['verdict']; readonly after: Report['verdict'] };
  readonly appeared: readonly Issue[];
  readonly resolved: readonly Issue[];
  readonly stillOpen: readonly Issue[];
  /** Was there, and cannot be seen now: neither resolved nor open. */
  readonly lost: readonly Issue[];
  /** Was open, is still there, and counts no more: somebody muted it. */
  readonly muted: readonly Issue[];
}

/** One text for an identity, to use as a key. */
export const issueKey = ({ check, subject }: Pick<Issue, 'check' | 'subject'>): string =>
  JSON.stringify([check, subject.kind, subject.name]);

/**
 * Errors and warnings of a report that count, each once, worst severity first kept. Info is worth knowing, not an
 * issue.
 */
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
 * Compares two reports of one cluster. A check that could be judged before and is not seen, or not whole, now
 * resolves nothing: its findings are `lost`, because green is shown only for what was seen.
 */
export const diffReports = (before: Report, after: Report): Difference => {
  const [old, now] = [issuesOf(before), issuesOf(after)];
  const judged = new Set(after.results.filter(isJudged).map(({ id }) => id));
  const silenced = issuesWhere(after, ({ muted }) => muted !== undefined);
  const gone = [...old].filter(([key]) => !now.has(key) && !silenced.has(key)).map(([, issue]) => issue);
  const isSeen = ({ check }: Issue): boolean => judged.has(check);
  return {
    verdict: { before: before.verdict, after: after.verdict },
    appeared: [...now].filter(([key]) => !old.has(key)).map(([, issue]) => issue),
    resolved: gone.filter(isSeen),
    stillOpen: [...now].filter(([key]) => old.has(key)).map(([, issue]) => issue),
    lost: gone.filter((issue) => !isSeen(issue)),
    muted: [...old].filter(([key]) => !now.has(key) && silenced.has(key)).map(([, issue]) => issue),
  };
};
