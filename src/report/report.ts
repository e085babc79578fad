/** The report: what one check run found. JSON-safe, no markup, no secrets; renderers turn it into words. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type Severity = 'error' | 'warning' | 'info';
export type Status = 'pass' | 'fail' | 'skip' | 'unknown';
export type Verdict = 'ready' | 'warnings' | 'not-ready' | 'unknown';

export interface Subject {
  /** What kind of thing it is, as Consul calls it: `peering`, `service`, `mesh-gateway`, `upstream`, `exported-services`, … */
  readonly kind: string;
  readonly name: string;
}

/** Where a fact was read: the endpoint, the path inside its answer, and the value found there. */
export interface Evidence {
  readonly endpoint: string;
  readonly path: string;
  readonly value: Json;
}

/** Something complete to paste. `code` is already escaped for its language. */
export interface Remediation {
  readonly title: string;
  readonly language: 'hcl' | 'shell' | 'yaml';
  readonly code: string;
}

/** Who decided that a finding shall not count for a while, and why. */
export interface Muted {
  /** Slack's id of the person. */
  readonly by: string;
  /** When it ends, ISO 8601. */
  readonly until: string;
  /** In that person's words: hostile like all text from outside. */
  readonly reason: string;
}

export interface Finding {
  readonly severity: Severity;
  readonly subject: Subject;
  /** One sentence that says what is, naming the thing first. Plain text: names in it may be hostile. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly remediation: readonly Remediation[];
  readonly docs: string;
  /** Only where it was muted when the check ran. */
  readonly muted?: Muted;
}

export interface Result {
  readonly id: string;
  readonly group: string;
  /** The passing fact. */
  readonly title: string;
  readonly status: Status;
  /** Of the worst finding that counts where there is one, else as the check declares it. */
  readonly severity: Severity;
  /** Why it was skipped, or why all or part of it could not be seen; empty otherwise. */
  readonly reason: string;
  readonly findings: readonly Finding[];
}

export interface Summary {
  readonly errors: number;
  readonly warnings: number;
  readonly passed: number;
  readonly skipped: number;
  readonly unknown: number;
  readonly muted: number;
}

export interface Report {
  readonly schemaVersion: 1;
  readonly cluster: { readonly name: string; readonly datacenter: string; readonly consulVersion: string };
  /** The peer that the run was narrowed to. */
  readonly peer: string | null;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly verdict: Verdict;
  readonly summary: Summary;
  /** The peerings seen, for the header line. */
  readonly peers: readonly { readonly name: string; readonly state: string }[];
  /** What the verdict's line must add, such as grants that nobody could check. */
  readonly notes: readonly string[];
  readonly results: readonly Result[];
}

const rank: Record<Severity, number> = { error: 2, warning: 1, info: 0 };

/** Sorts worst first. */
export const bySeverity = (a: Severity, b: Severity): number => rank[b] - rank[a];

/** The worst severity among findings, or the fallback where there are none. */
export const worstSeverity = (findings: readonly Finding[], fallback: Severity): Severity =>
  findings.map((finding) => finding.severity).sort(bySeverity)[0] ?? fallback;

/** Whether a check failed, but only by findings that are muted; information beside them does not count. */
export const isMuted = ({ status, findings }: Result): boolean =>
  status === 'fail' &&
  findings.some(({ muted }) => muted !== undefined) &&
  findings.every(({ muted, severity }) => muted !== undefined || severity === 'info');

/** Whether all of it was seen, so that what it no longer finds is gone: part of a check that failed may be hidden. */
export const isJudged = ({ status, reason }: Result): boolean =>
  status === 'skip' || (status !== 'unknown' && reason === '');

const fails = (result: Result, severity: Severity): boolean =>
  result.status === 'fail' && result.severity === severity && !isMuted(result);

/**
 * Counts checks, not findings. A check whose findings are all `info` is counted by its status; one whose findings
 * are all muted counts apart.
 */
export const summarize = (results: readonly Result[]): Summary => {
  const count = (test: (result: Result) => boolean): number => results.filter(test).length;
  return {
    errors: count((r) => fails(r, 'error')),
    warnings: count((r) => fails(r, 'warning')),
    passed: count((r) => r.status === 'pass'),
    skipped: count((r) => r.status === 'skip'),
    unknown: count((r) => r.status === 'unknown'),
    muted: count(isMuted),
  };
};

/**
 * The verdict over all results: any error is `not-ready`; else an error-level check that could not be seen is
 * `unknown`; else any warning is `warnings`; else `ready`. An `unknown` result keeps the severity that its
 * check declares, so that warnings among what was seen cannot hide an error that was not. What is muted does not
 * count; what could not be seen cannot be muted.
 */
export const verdictOf = (results: readonly Result[]): Verdict => {
  if (results.some((r) => fails(r, 'error'))) return 'not-ready';
  if (results.some((r) => r.status === 'unknown' && r.severity === 'error')) return 'unknown';
  if (results.some((r) => fails(r, 'warning'))) return 'warnings';
  return 'ready';
};
