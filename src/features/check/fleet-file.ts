import { safeJson } from '../../render/json';
import type { Issue } from '../../report/diff';
import type { DigestFinding } from '../../report/digest-row';
import type { StateChange, Verdict } from '../../report/report';
import type { FleetLine } from './fleet-line';

/** The JSON file that the answer in Slack to a check of several clusters has if its messages do not hold everything. */
export interface FleetFile {
  readonly schemaVersion: 1;
  /** When the last cluster was read (ISO 8601). */
  readonly at: string;
  readonly requestId: string;
  /** Worst first. */
  readonly clusters: readonly FleetFileCluster[];
}

interface FleetFileCluster {
  readonly cluster: string;
  /** Null: the cluster could not be read. */
  readonly verdict: Verdict | null;
  /** Reason why the cluster could not be read; empty if it was. */
  readonly problem: string;
  readonly errors: number;
  readonly warnings: number;
  readonly unknown: number;
  readonly muted: number;
  /** True if no stored run could be compared with: then nothing is added and nothing resolved. */
  readonly isFirst: boolean;
  /** That of the stored run before; null if there is none. */
  readonly verdictBefore: Verdict | null;
  readonly added: number;
  readonly resolved: number;
  /** The first few of those that were resolved, worst first. */
  readonly resolvedIssues: readonly Issue[];
  /** The oldest stored run since which the verdict has been the same (ISO 8601); null if it is not known to have been. */
  readonly since: string | null;
  /** The newest stored run before this one (ISO 8601); null if there is none. */
  readonly lastRead: string | null;
  readonly tookMs: number;
  /** Number of all errors and warnings. */
  readonly findingCount: number;
  /** The first few errors and warnings, worst first. */
  readonly findings: readonly FleetFileFinding[];
}

interface FleetFileFinding extends Pick<DigestFinding, 'check' | 'severity' | 'subject' | 'message'> {
  /** True if the stored run before did not have it. */
  readonly isNew: boolean;
  /** The change in the cluster that a new finding may be due to; null where none is known. */
  readonly change: StateChange | null;
}

const clusterOf = (line: FleetLine): FleetFileCluster => ({
  cluster: line.cluster,
  verdict: line.verdict,
  problem: line.reason,
  errors: line.errors,
  warnings: line.warnings,
  unknown: line.unknown,
  muted: line.muted,
  isFirst: line.isFirst,
  verdictBefore: line.verdictBefore,
  added: line.added,
  resolved: line.resolved,
  resolvedIssues: line.resolvedIssues.map(({ check, severity, subject }) => ({ check, severity, subject })),
  since: line.since,
  lastRead: line.lastRead,
  tookMs: Math.round(line.tookMs),
  findingCount: line.findingCount,
  findings: line.findings.map(({ check, severity, subject, message, since, changed }) => ({
    check,
    severity,
    subject,
    message,
    isNew: !line.isFirst && since === null,
    change: changed ?? null,
  })),
});

/** Renders all rows, their findings and what changed since the stored run before as JSON. */
export const renderFleetFile = (lines: readonly FleetLine[], at: string, requestId: string): string => {
  const file: FleetFile = { schemaVersion: 1, at, requestId, clusters: lines.map(clusterOf) };
  return safeJson(file);
};
