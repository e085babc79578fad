import { type Issue, issueKey, issuesOf } from './diff';
import {
  bySeverity,
  type Finding,
  isFullyEvaluated,
  type Report,
  type Severity,
  type StateChange,
  type Verdict,
} from './report';

/** A digest's row for each cluster, and the baseline that the next digest compares with. Both are bounded. */

/** An error or warning, and when a digest first reported it. */
export interface KnownIssue extends Issue {
  /** ISO 8601. */
  readonly since: string;
  /** It was open, and is not visible now: neither resolved nor open. */
  readonly hidden?: true;
}

/** The state of a cluster in one digest, for comparison with the next. */
export interface DigestBaseline {
  /** Null: the cluster could not be read. */
  readonly verdict: Verdict | null;
  readonly issues: readonly KnownIssue[];
  /** The other sides of peerings that the issues may be about. Absent in baselines of earlier versions. */
  readonly otherSides?: readonly string[] | undefined;
}

/** A finding as a digest's thread shows it. */
export interface DigestFinding {
  readonly check: string;
  readonly severity: Severity;
  readonly subject: Finding['subject'];
  readonly message: string;
  /** When an earlier digest first reported it (ISO 8601); null if none did. */
  readonly since: string | null;
  /** The change that it may be due to, if it is new; absent where none is known. */
  readonly changed?: StateChange | undefined;
}

/** A cluster's line in a digest. */
export interface DigestRow {
  readonly cluster: string;
  /** The stored run; null if there is none. */
  readonly run: string | null;
  /** Null: the cluster could not be read. */
  readonly verdict: Verdict | null;
  /** The reason why it could not be read; empty otherwise. */
  readonly reason: string;
  /** Counts of checks, as in the report. */
  readonly errors: number;
  readonly warnings: number;
  readonly unknown: number;
  /** Muted findings. */
  readonly muted: number;
  /** Errors and warnings of the last runs, oldest first; null for a run with an unknown verdict. */
  readonly trend: readonly (number | null)[];
  /** True if no earlier digest covers this cluster: then nothing is added and nothing resolved. */
  readonly isFirst: boolean;
  readonly verdictBefore: Verdict | null;
  readonly added: number;
  readonly resolved: number;
  readonly open: number;
  readonly hidden: number;
  /** Hidden issues that were visible in the digest before. */
  readonly newlyHidden: number;
  /** Issues that were open and are muted now: neither resolved nor open. */
  readonly newlyMuted: number;
  /** The first few of those that were added, worst first. */
  readonly addedIssues: readonly Issue[];
  /** The first few of those that were resolved, worst first. */
  readonly resolvedIssues: readonly Issue[];
  /** The first few of those that were muted, worst first. */
  readonly newlyMutedIssues: readonly Issue[];
  readonly oldest: KnownIssue | null;
  /** The first few errors and warnings, worst first. */
  readonly findings: readonly DigestFinding[];
  /** Number of all errors and warnings. */
  readonly findingCount: number;
}

/** Maximum issues of a cluster that are named; the rest are counted. */
const maxNamed = 10;
const maxFindings = 20;
/** Maximum hidden issues in a baseline: names come and go, and a check that stays partly hidden resolves none. */
const maxHidden = 1_000;
/** Maximum length of a stored message (UTF-16 units). */
const maxMessage = 600;
/** Maximum length of a stored name. A mute needs the exact name, and a longer one does not fit a button anyway. */
const maxName = 2_000;

const worstFirst = (a: Pick<Issue, 'severity'>, b: Pick<Issue, 'severity'>): number =>
  bySeverity(a.severity, b.severity);

/** Builds the row of a cluster that could not be read. Its open issues stay in the baseline, with their age. */
export const summarizeUnreadable = (
  cluster: string,
  reason: string,
  before: DigestBaseline | undefined,
  trend: readonly (number | null)[],
): { readonly row: DigestRow; readonly baseline: DigestBaseline } => {
  const issues = (before?.issues ?? []).map((issue): KnownIssue => ({ ...issue, hidden: true }));
  const newlyHidden = (before?.issues ?? []).filter(({ hidden }) => !hidden).length;
  return {
    row: { ...emptyRow(cluster, before, trend), reason, hidden: issues.length, newlyHidden },
    baseline: { verdict: null, issues, otherSides: before?.otherSides ?? (before ? undefined : []) },
  };
};

const emptyRow = (
  cluster: string,
  before: DigestBaseline | undefined,
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
  isFirst: before === undefined,
  verdictBefore: before?.verdict ?? null,
  added: 0,
  resolved: 0,
  open: 0,
  hidden: 0,
  newlyHidden: 0,
  newlyMuted: 0,
  addedIssues: [],
  resolvedIssues: [],
  newlyMutedIssues: [],
  oldest: null,
  findings: [],
  findingCount: 0,
});

/** Compares a report with the baseline of the digest before, and builds the row and the next baseline. */
export const summarizeReport = (
  report: Report,
  { run, before, trend }: RowContext,
): { readonly row: DigestRow; readonly baseline: DigestBaseline } => {
  const now = issuesOf(report);
  const old = new Map((before?.issues ?? []).map((issue) => [issueKey(issue), issue]));
  const evaluated = new Set(report.results.filter(isFullyEvaluated).map(({ id }) => id));
  const counting = report.results.flatMap(({ id, findings }) =>
    findings
      .filter(({ severity, muted }) => severity !== 'info' && muted === undefined)
      .map((finding) => ({ id, finding })),
  );
  const muted = report.results.flatMap(({ id, findings }) =>
    findings
      .filter((finding) => finding.muted !== undefined)
      .map(({ subject }) => issueKey({ check: id, subject })),
  );
  const mutedKeys = new Set(muted);
  const newlyMuted = [...old]
    .filter(([key, { hidden }]) => mutedKeys.has(key) && !hidden)
    .map(([, issue]) => issue);
  // A muted issue is not resolved. One whose mute has ended is added: it counts from now on.
  const gone = [...old].filter(([key]) => !now.has(key) && !mutedKeys.has(key)).map(([, issue]) => issue);
  // The most recently hidden come first, as the last ones are dropped if there are too many.
  const hidden = gone
    .filter(({ check }) => !evaluated.has(check))
    .sort((a, b) => Number(a.hidden ?? false) - Number(b.hidden ?? false));
  const resolved = gone.filter(({ check }) => evaluated.has(check));
  const added = before === undefined ? [] : [...now].filter(([key]) => !old.has(key));
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
      added: added.length,
      resolved: resolved.length,
      open: open.length,
      hidden: hidden.length,
      newlyHidden: hidden.filter((issue) => !issue.hidden).length,
      newlyMuted: newlyMuted.length,
      addedIssues: added
        .map(([, issue]) => issue)
        .sort(worstFirst)
        .slice(0, maxNamed),
      resolvedIssues: [...resolved].sort(worstFirst).slice(0, maxNamed),
      newlyMutedIssues: [...newlyMuted].sort(worstFirst).slice(0, maxNamed),
      oldest: open.reduce<KnownIssue | null>(
        (oldest, issue) => (oldest === null || issue.since < oldest.since ? issue : oldest),
        null,
      ),
      findings: counting
        .sort((a, b) => worstFirst(a.finding, b.finding))
        .slice(0, maxFindings)
        .map(({ id, finding: { severity, subject, message, changed } }) => ({
          check: id,
          ...sinceOf(old.get(issueKey({ check: id, subject })), changed),
          severity,
          subject: { kind: subject.kind.slice(0, 100), name: subject.name.slice(0, maxName) },
          message: message.slice(0, maxMessage),
        })),
      findingCount: counting.length,
    },
    baseline: {
      verdict: report.verdict,
      issues: [
        ...open,
        ...hidden.slice(0, maxHidden).map((issue): KnownIssue => ({ ...issue, hidden: true })),
      ],
      // Hidden issues are those of earlier digests.
      otherSides: [...new Set([...(before?.otherSides ?? []), ...(report.otherSides ?? [])])],
    },
  };
};

/** The change is shown once, with the first digest that reports the finding. */
const sinceOf = (
  known: KnownIssue | undefined,
  changed: Finding['changed'],
): Pick<DigestFinding, 'since' | 'changed'> => {
  const [change] = changed?.changes ?? [];
  return known === undefined ? { since: null, ...(change && { changed: change }) } : { since: known.since };
};

interface RowContext {
  readonly run: string;
  readonly before: DigestBaseline | undefined;
  readonly trend: readonly (number | null)[];
}

/** True if a cluster changed since the digest before. */
export const hasChanged = (row: DigestRow): boolean =>
  row.isFirst ||
  row.added + row.resolved + row.newlyHidden + row.newlyMuted > 0 ||
  row.verdict !== row.verdictBefore;

const rank: Record<Verdict, number> = { 'not-ready': 4, unknown: 2, warnings: 1, ready: 0 };
const rankOf = ({ verdict }: DigestRow): number => (verdict === null ? 3 : rank[verdict]);

/** Sorts rows worst first: not ready, could not be read, unknown, warnings, ready. */
export const byState = (a: DigestRow, b: DigestRow): number =>
  rankOf(b) - rankOf(a) ||
  b.errors - a.errors ||
  b.warnings - a.warnings ||
  b.findingCount - a.findingCount ||
  (a.cluster < b.cluster ? -1 : 1);
