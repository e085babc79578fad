import type { Remediation, StateChange } from './report';

/** A change with the checks that it may touch. */
interface TouchingChange extends StateChange {
  /** Ids of the checks that read what changed. */
  readonly checks: readonly string[];
}

/** One of the two runs or snapshots that are compared. */
export interface ComparedRun {
  /** The id of the stored run; null for a snapshot. */
  readonly run: string | null;
  /** When it was read, by the server's clock (ISO 8601). */
  readonly takenAt: string;
}

/** The changes in a cluster between two runs. JSON-safe, no markup, no secrets. */
export interface StateDiff {
  readonly schemaVersion: 1;
  readonly cluster: string;
  readonly before: ComparedRun;
  readonly after: ComparedRun;
  readonly changes: readonly TouchingChange[];
  /** Number of changes that are not in the list. */
  readonly leftOut: number;
  /** Sections that were not wholly visible both times, so that changes there may be missing. */
  readonly notCompared: readonly string[];
  /** Fixes that put config entries back, each with compare-and-set. */
  readonly remediation: readonly Remediation[];
}
