import { type Issue, issueKey, issuesOf } from './diff';
import { bySeverity, type Finding, isJudged, type Report, type Severity, type Verdict } from './report';

/** What a digest remembers and tells of each cluster: bounded, whatever the reports hold. */

/** An error or warning, and since when a digest knows it. */
export interface KnownIssue extends Issue {
  /** ISO 8601. */
  readonly since: string;
  /** Was there, and cannot be seen now: neither resolved nor open. */
  readonly lost?: true;
}

/** What a digest saw of a cluster, for comparison with the next. */
export interface Sight {
  /** Null: the cluster could not be read. */
  readonly verdict: Verdict | null;
  readonly issues: readonly KnownIssue[];
}

/** A finding as it stands in a digest's thread. */
export interface ToldFinding {
  readonly check: string;
  readonly severity: Severity;
  readonly subject: Finding['subject'];
  readonly message: string;
  /** Since when digests know it (ISO 8601); null where no digest before this one did. */
  readonly since: string | null;
}

/** A cluster's line in a digest. */
export interface DigestRow {
  readonly cluster: string;
  /** The stored run; null where there is none. */
  readonly run: string | null;
  /** Null: the cluster could not be read. */
  readonly verdict: Verdict | null;
  /** Why it could not be read; empty otherwise. */
  readonly reason: string;
  /** Counts of checks, as in the report. */
  readonly errors: number;
  readonly warnings: number;
  readonly unknown: number;
  /** Findings that do not count for a while. */
  readonly muted: number;
  /** Errors and warnings found by the last runs, oldest first; null for one that could not judge. */
  readonly trend: readonly (number | null)[];
  /** Whether no digest has told of this cluster before: then nothing is new and nothing resolved. */
  readonly first: boolean;
  readonly verdictBefore: Verdict | null;
  readonly appeared: number;
  readonly resolved: number;
  readonly open: number;
  readonly lost: number;
  /** How many of the lost could be seen the last time. */
  readonly newlyLost: number;
  /** How many were open and are muted now: neither resolved nor open. */
  readonly silenced: number;
  /** The first few of those that appeared, worst first. */
  readonly news: readonly Issue[];
  /** The first few of those that were resolved. */
  readonly mended: readonly Issue[];
  /** The first few of those that were muted. */
  readonly hushed: readonly Issue[];
  readonly oldest: KnownIssue | null;
  /** The first few errors and warnings, worst first, and how many there are. */
  readonly findings: readonly ToldFinding[];
  readonly findingCount: number;
}

/** So many of a cluster are told by name; the rest is counted. */
const mostNamed = 10;
const mostFindings = 20;
/** Names come and go, and what is never seen whole loses them for ever: so many are remembered. */
const mostLost = 1_000;
/** Longer messages are cut when they are shown. */
const mostMessage = 600;
/** The name decides what a mute is about, so it is kept as it is; one that is cut here is too long for any button. */
const mostName = 2_000;

const worstFirst = (a: Pick<Issue, 'severity'>, b: Pick<Issue, 'severity'>): number =>
  bySeverity(a.severity, b.severity);

/** What is told where nothing could be read: what was open stays known, with its age. */
export const unreadCluster = (
  cluster: string,
  reason: string,
  before: Sight | undefined,
  trend: readonly (number | null)[],
): { readonly row: DigestRow; readonly sight: Sight } => {
  const issues = (before?.issues ?? []).map((issue): KnownIssue => ({ ...issue, lost: true }));
  const newlyLost = (before?.issues ?? []).filter(({ lost }) => !lost).length;
  return {
    row: { ...emptyRow(cluster, before, trend), reason, lost: issues.length, newlyLost },
    sight: { verdict: null, issues },
  };
};

const emptyRow = (
  cluster: string,
  before: Sight | undefined,
  trend: readonly (number | null)[],
): DigestRow => ({
  cluster,
  run: null,
  verdict: null,
  reason: '',
  errors: 0,
  warnings: 0,
  unknown: 0,
  muted: 0,
  trend,
  first: before === undefined,
  verdictBefore: before?.verdict ?? null,
  appeared: 0,
  resolved: 0,
  open: 0,
  lost: 0,
  newlyLost: 0,
  silenced: 0,
  news: [],
  mended: [],
  hushed: [],
  oldest: null,
  findings: [],
  findingCount: 0,
});

/** Compares a report with what the digest before saw, and keeps of it what a digest needs. */
export const readCluster = (
  report: Report,
  { run, before, trend }: RowContext,
): { readonly row: DigestRow; readonly sight: Sight } => {
  const now = issuesOf(report);
  const old = new Map((before?.issues ?? []).map((issue) => [issueKey(issue), issue]));
  const judged = new Set(report.results.filter(isJudged).map(({ id }) => id));
  const told = report.results.flatMap(({ id, findings }) =>
    findings
      .filter(({ severity, muted }) => severity !== 'info' && muted === undefined)
      .map((finding) => ({ id, finding })),
  );
  const muted = report.results.flatMap(({ id, findings }) =>
    findings
      .filter((finding) => finding.muted !== undefined)
      .map(({ subject }) => issueKey({ check: id, subject })),
  );
  const silenced = new Set(muted);
  const hushed = [...old].filter(([key, { lost }]) => silenced.has(key) && !lost).map(([, issue]) => issue);
  // One that was muted is not resolved, and one whose mute ends is new: it counts from then on.
  const gone = [...old].filter(([key]) => !now.has(key) && !silenced.has(key)).map(([, issue]) => issue);
  // Those that were lost last come first: the others go where there are too many.
  const lost = gone
    .filter(({ check }) => !judged.has(check))
    .sort((a, b) => Number(a.lost ?? false) - Number(b.lost ?? false));
  const resolved = gone.filter(({ check }) => judged.has(check));
  const appeared = before === undefined ? [] : [...now].filter(([key]) => !old.has(key));
  const open = [...now].map(
    ([key, issue]): KnownIssue => ({ ...issue, since: old.get(key)?.since ?? report.startedAt }),
  );
  const { errors, warnings, unknown } = report.summary;
  return {
    row: {
      ...emptyRow(report.cluster.name, before, trend),
      run,
      verdict: report.verdict,
      errors,
      warnings,
      unknown,
      muted: muted.length,
      appeared: appeared.length,
      resolved: resolved.length,
      open: open.length,
      lost: lost.length,
      newlyLost: lost.filter((issue) => !issue.lost).length,
      silenced: hushed.length,
      news: appeared
        .map(([, issue]) => issue)
        .sort(worstFirst)
        .slice(0, mostNamed),
      mended: [...resolved].sort(worstFirst).slice(0, mostNamed),
      hushed: [...hushed].sort(worstFirst).slice(0, mostNamed),
      oldest: open.reduce<KnownIssue | null>(
        (oldest, issue) => (oldest === null || issue.since < oldest.since ? issue : oldest),
        null,
      ),
      findings: told
        .sort((a, b) => worstFirst(a.finding, b.finding))
        .slice(0, mostFindings)
        .map(({ id, finding: { severity, subject, message } }) => ({
          check: id,
          since: old.get(issueKey({ check: id, subject }))?.since ?? null,
          severity,
          subject: { kind: subject.kind.slice(0, 100), name: subject.name.slice(0, mostName) },
          message: message.slice(0, mostMessage),
        })),
      findingCount: told.length,
    },
    sight: {
      verdict: report.verdict,
      issues: [...open, ...lost.slice(0, mostLost).map((issue): KnownIssue => ({ ...issue, lost: true }))],
    },
  };
};

interface RowContext {
  readonly run: string;
  readonly before: Sight | undefined;
  readonly trend: readonly (number | null)[];
}

/** Whether there is anything to tell of a cluster that the digest before did not tell. */
export const hasChanged = (row: DigestRow): boolean =>
  row.first ||
  row.appeared + row.resolved + row.newlyLost + row.silenced > 0 ||
  row.verdict !== row.verdictBefore;

const rank: Record<Verdict, number> = { 'not-ready': 4, unknown: 2, warnings: 1, ready: 0 };
const rankOf = ({ verdict }: DigestRow): number => (verdict === null ? 3 : rank[verdict]);

/** Worst first: what is not ready, could not be read, cannot be judged, has warnings, is ready. */
export const byState = (a: DigestRow, b: DigestRow): number =>
  rankOf(b) - rankOf(a) ||
  b.errors - a.errors ||
  b.warnings - a.warnings ||
  b.findingCount - a.findingCount ||
  (a.cluster < b.cluster ? -1 : 1);
