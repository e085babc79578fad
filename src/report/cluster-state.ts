import type { Json, Report } from './report';

/**
 * The parts of a cluster that reports compare: config entries, gateways, sidecars, peerings, servers and others, as one
 * run read them. Made from a redacted snapshot, so it holds no secrets. JSON-safe: it is stored with the report.
 */

/** One part of a cluster. */
export interface StateRow {
  /** The section of the snapshot that it is from. */
  readonly section: string;
  /** By Consul's own name, as subjects of findings have it: `exported-services`, `mesh-gateway`, `peering`, … */
  readonly kind: string;
  /** Unique within its kind. */
  readonly name: string;
  /** `ModifyIndex` of a config entry. */
  readonly index?: number | undefined;
  /** Position in the answer of Consul, which evidence names. */
  readonly position?: number | undefined;
  /** Paths whose values the snapshot does not hold: a change there shows in the index alone. */
  readonly withheld?: readonly string[] | undefined;
  /** Absent where only the hash is stored. */
  readonly value?: Json | undefined;
  /** Present where the state is stored. */
  readonly hash?: string | undefined;
}

/** `selected`: all rows that matter; one that is missing may exist, and matter no more. */
export type StateVisibility = 'visible' | 'selected' | 'partial' | 'hidden';

/** The parts of a cluster, as one run read them. */
export interface ClusterState {
  /** When it was read, by the server's clock (ISO 8601). */
  readonly takenAt: string;
  /** By section. Rows that are missing from a section are gone only if it is `visible`. */
  readonly visibility: Readonly<Record<string, StateVisibility>>;
  readonly rows: readonly StateRow[];
  /** The configured clusters at the other ends of its peerings, as far as the readers of the report may see them. */
  readonly otherSides: readonly OtherState[];
  /** Number of rows that are not stored, because the state would be too large. */
  readonly leftOut: number;
}

interface OtherState {
  /** The name of the peering here. */
  readonly peer: string;
  /** The name of the other cluster in the clusters file. */
  readonly cluster: string;
  readonly state: Omit<ClusterState, 'otherSides'>;
}

/** A report as runs are stored: with the state of the cluster, which later runs are compared with. */
export interface RunReport extends Report {
  /** Absent in reports of earlier versions. */
  readonly state?: ClusterState | undefined;
}
