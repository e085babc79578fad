/** The report of one check run. JSON-safe, without markup or secrets; renderers turn it into words. */

import type { PeerSummary } from './peer-summary';
import type { ProbedAddress } from './probed-address';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type Severity = 'error' | 'warning' | 'info';
export type Status = 'pass' | 'fail' | 'skip' | 'unknown';
export type Verdict = 'ready' | 'warnings' | 'not-ready' | 'unknown';

export interface Subject {
  /** The kind, by Consul's own name: `peering`, `service`, `mesh-gateway`, `upstream`, `exported-services`, … */
  readonly kind: string;
  readonly name: string;
}

/** A fact and its source: the endpoint, the path inside its answer, and the value there. */
export interface Evidence {
  readonly endpoint: string;
  readonly path: string;
  readonly value: Json;
}

/** A complete snippet that fixes a finding. `code` is already escaped for its language. */
export interface Remediation {
  readonly title: string;
  readonly language: 'hcl' | 'shell' | 'yaml';
  readonly code: string;
}

/** The mute of a finding: by whom, until when, and why. */
export interface Muted {
  /** Slack's id of the person; or the owner as the clusters file has it. */
  readonly by: string;
  /** When it ends, ISO 8601. */
  readonly until: string;
  /** That person's own words: hostile, like all text from outside. */
  readonly reason: string;
  /** Present only if the clusters file has the mute: the key there, such as `mutes[0] of clusters.yml`. */
  readonly configuredAt?: string | undefined;
}

/** The configured severity of a finding: in place of which, by whom, until when, and why. */
export interface SeverityOverride {
  readonly was: Severity;
  /** The owner as the clusters file has it. */
  readonly by: string;
  /** When it ends, ISO 8601; null: never. */
  readonly until: string | null;
  readonly reason: string;
  /** The key in the clusters file, such as `severity[0] of clusters.yml`. */
  readonly configuredAt: string;
}

/** A difference between two states of a cluster. JSON-safe, no markup, no secrets; names in it may be hostile. */
export interface StateChange {
  /** The cluster at the other end of a peering that it is about, by its name in the clusters file; absent: the cluster itself. */
  readonly cluster?: string | undefined;
  readonly kind: 'added' | 'removed' | 'changed';
  /** The section of the snapshot that it is from. */
  readonly section: string;
  readonly subject: Subject;
  /** Path inside the subject, such as `Services[api].Consumers[0].Peer`; empty for the whole of it. */
  readonly field: string;
  /** Null if there was no value, or if only a hash of it is stored. */
  readonly from: Json;
  readonly to: Json;
  /** `ModifyIndex` of a config entry before and after; null where there was or is none. */
  readonly indexes?: { readonly from: number | null; readonly to: number | null } | undefined;
  /** Position of the row in the answer of Consul, after the change. */
  readonly position?: number | undefined;
  /** Present if the values are not known: they are withheld, or only hashes are stored. */
  readonly unknown?: 'withheld' | 'too-large' | undefined;
}

/** The changes since the last run without a finding. */
export interface FindingChanges {
  /** That run, by its id, and when it began (ISO 8601). */
  readonly run: string;
  readonly since: string;
  /** Those that the finding may be due to, the closest first; empty if nothing that its check reads has changed. */
  readonly changes: readonly StateChange[];
  /** Number of changes that are not in the list. */
  readonly more: number;
}

/** The finding of the same report that another one follows from. */
export interface CauseRef {
  /** Id of its check. */
  readonly check: string;
  readonly subject: Subject;
}

export interface Finding {
  readonly severity: Severity;
  readonly subject: Subject;
  /** One sentence that states the fact and names the subject first. Plain text: names in it may be hostile. */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  readonly remediation: readonly Remediation[];
  readonly docs: string;
  /** Present only if this follows from another finding, whose fix also fixes it. */
  readonly causedBy?: CauseRef;
  /** Present only if the finding was muted when the check ran. */
  readonly muted?: Muted;
  /** Present only if the clusters file gives the finding another severity than its check. */
  readonly override?: SeverityOverride;
  /** Paths between services that it breaks, such as `web → api at east`; absent where none is known. */
  readonly paths?: readonly string[] | undefined;
  /** Present only if an earlier run without this finding is stored. */
  readonly changed?: FindingChanges | undefined;
}

export interface CheckResult {
  readonly id: string;
  readonly group: string;
  /** The passing fact. */
  readonly title: string;
  readonly status: Status;
  /** That of the worst finding that counts; if there is none, the one that the check declares. */
  readonly severity: Severity;
  /** The reason why it was skipped, or why all or part of it is not visible; empty otherwise. */
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
  /** The only peer that was checked; null: all. */
  readonly peer: string | null;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly verdict: Verdict;
  readonly summary: Summary;
  /** All visible peerings, for the header line. */
  readonly peers: readonly PeerSummary[];
  /** Caveats that are shown beside the verdict, such as grants that were not verified. */
  readonly notes: readonly string[];
  readonly results: readonly CheckResult[];
  /** The addresses that the bot probed. Absent where the clusters file does not ask for it. */
  readonly probes?: readonly ProbedAddress[] | undefined;
  /**
   * The configured clusters at the other ends of peerings that were read too: only people who may see all of them may see
   * the report. Absent in reports of the command line and of earlier versions.
   */
  readonly otherSides?: readonly string[] | undefined;
}

const rank: Record<Severity, number> = { error: 2, warning: 1, info: 0 };

/** Sorts worst first. */
export const bySeverity = (a: Severity, b: Severity): number => rank[b] - rank[a];

/** Returns the worst severity among findings, or the fallback if there are none. */
export const worstSeverity = (findings: readonly Finding[], fallback: Severity): Severity =>
  findings.map((finding) => finding.severity).sort(bySeverity)[0] ?? fallback;

/** True if a check failed with muted findings alone; findings of severity `info` do not count. */
export const isMuted = ({ status, findings }: CheckResult): boolean =>
  status === 'fail' &&
  findings.some(({ muted }) => muted !== undefined) &&
  findings.every(({ muted, severity }) => muted !== undefined || severity === 'info');

/** True if all that the check needs was visible, so that a finding it no longer has is resolved. A failed check may be partly hidden. */
export const isFullyEvaluated = ({ status, reason }: CheckResult): boolean =>
  status === 'skip' || (status !== 'unknown' && reason === '');

const fails = (result: CheckResult, severity: Severity): boolean =>
  result.status === 'fail' && result.severity === severity && !isMuted(result);

/**
 * Counts checks, not findings. A check whose findings are all `info` counts by its status; one whose findings are
 * all muted counts as muted alone.
 */
export const summarize = (results: readonly CheckResult[]): Summary => {
  const count = (test: (result: CheckResult) => boolean): number => results.filter(test).length;
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
 * Returns the verdict over all results: any error is `not-ready`; else an unknown check of severity `error` is
 * `unknown`; else any warning is `warnings`; else `ready`. An `unknown` result keeps the severity that its check
 * declares, so that visible warnings cannot hide an error that is not visible. Muted findings do not count; an
 * unknown check cannot be muted.
 */
export const verdictOf = (results: readonly CheckResult[]): Verdict => {
  if (results.some((r) => fails(r, 'error'))) return 'not-ready';
  if (results.some((r) => r.status === 'unknown' && r.severity === 'error')) return 'unknown';
  if (results.some((r) => fails(r, 'warning'))) return 'warnings';
  return 'ready';
};
