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

export interface Finding {
  readonly severity: Severity;
  readonly subject: Subject;
  /** One sentence that says what is, naming the thing first. Plain text: names in it may be hostile. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly remediation: readonly Remediation[];
  readonly docs: string;
}

export interface Result {
  readonly id: string;
  readonly group: string;
  /** The passing fact. */
  readonly title: string;
  readonly status: Status;
  /** Of the worst finding where there is one, else as the check declares it. */
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

/** Counts checks, not findings. A check whose findings are all `info` is counted by its status. */
export const summarize = (results: readonly Result[]): Summary => {
  const count = (test: (result: Result) => boolean): number => results.filter(test).length;
  return {
    errors: count((r) => r.status === 'fail' && r.severity === 'error'),
    warnings: count((r) => r.status === 'fail' && r.severity === 'warning'),
    passed: count((r) => r.status === 'pass'),
    skipped: count((r) => r.status === 'skip'),
    unknown: count((r) => r.status === 'unknown'),
    muted: 0,
  };
};

/**
 * The verdict over all results: any error is `not-ready`; else an error-level check that could not be seen is
 * `unknown`; else any warning is `warnings`; else `ready`. An `unknown` result keeps the severity that its
 * check declares, so that warnings among what was seen cannot hide an error that was not.
 */
export const verdictOf = (results: readonly Result[]): Verdict => {
  const any = (status: Status, severity: Severity): boolean =>
    results.some((r) => r.status === status && r.severity === severity);
  if (any('fail', 'error')) return 'not-ready';
  if (any('unknown', 'error')) return 'unknown';
  if (any('fail', 'warning')) return 'warnings';
  return 'ready';
};
