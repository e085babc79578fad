import type { TraceQuery } from '../checks/trace';
import type { ClusterConfig } from '../config/config';
import type { Environment } from '../config/secret';
import type { RequestObservation } from '../consul/send-request';
import type { Result } from '../result';
import type { AclReport } from '../report/acl';
import type { Impact } from '../report/impact';
import type { PeerSummary } from '../report/peer-summary';
import type { OverlayFile } from '../checks/overlay';
import type { ForetoldChange } from '../report/foretold-change';
import type { Mute } from '../report/mutes';
import type { ClusterState } from '../report/cluster-state';
import type { Report } from '../report/report';
import type { SeverityRule } from '../report/severities';
import type { Trace } from '../report/trace';
import type { AddressOutcome } from '../snapshot/probe-section';
import type { SecondProbes } from '../snapshot/second-probes';
import type { AclReadError } from './read-acl';
import type { UnreadableCluster } from './unreadable';

/**
 * The messages between the bot and a process that reads clusters. They carry secrets: keep them in memory only, and
 * never log them.
 */

interface JobBase {
  readonly cluster: ClusterConfig;
  /** Only the variables that hold the tokens of these clusters. */
  readonly environment: Environment;
}

export interface CheckJob extends JobBase {
  readonly kind: 'check';
  /** The clusters at the other ends of its peerings. */
  readonly others: readonly ClusterConfig[];
  readonly peer: string | null;
  readonly pendingSince: Readonly<Record<string, string>>;
  /** True if a message with the answer of the second vantage point follows. */
  readonly awaitsSecond: boolean;
}

export interface AclJob extends JobBase {
  readonly kind: 'acl';
  readonly accessor: string | null;
}

/** Follows a call to a service of a peer. */
interface TraceJob extends JobBase {
  readonly kind: 'trace';
  readonly others: readonly ClusterConfig[];
  readonly query: TraceQuery;
}

/** Finds what depends on a part of a cluster. */
interface ImpactJob extends JobBase {
  readonly kind: 'impact';
  readonly others: readonly ClusterConfig[];
  readonly part: string;
}

/** Lists the peerings of a cluster. */
interface PeeringsJob extends JobBase {
  readonly kind: 'peerings';
}

/** Foretells what a change would do to a cluster. The files may hold secrets too. */
export interface WhatIfJob extends JobBase {
  readonly kind: 'what-if';
  readonly others: readonly ClusterConfig[];
  readonly files: readonly OverlayFile[];
  readonly pendingSince: Readonly<Record<string, string>>;
  readonly severities: readonly SeverityRule[];
  readonly mutes: readonly Mute[];
}

/** Probes the addresses of a cluster, and reads no more of it than those. */
interface ProbeJob extends JobBase {
  readonly kind: 'probe';
}

export type ProcessJob = CheckJob | AclJob | TraceJob | ImpactJob | PeeringsJob | WhatIfJob | ProbeJob;

/** Follows a check whose job says so. */
export interface SecondMessage {
  readonly kind: 'second';
  readonly second: SecondProbes;
}

export interface CheckedCluster {
  readonly report: Report;
  readonly state: ClusterState;
  /** The ids of peerings in state PENDING; null if not all peerings are visible. */
  readonly pendingIds: readonly string[] | null;
  /** By the server's clock (ISO 8601). */
  readonly takenAt: string;
}

export type CheckAnswer = Result<CheckedCluster, UnreadableCluster>;
/** The inner failure says that the cluster has nothing of that name. */
export type TraceAnswer = Result<Result<Trace>, UnreadableCluster>;
export type ImpactAnswer = Result<Result<Impact>, UnreadableCluster>;
/** The inner failure says what is wrong with the files: file, line, and what was expected there. */
export type WhatIfAnswer = Result<Result<ForetoldChange>, UnreadableCluster>;
export type PeeringsAnswer = Result<readonly PeerSummary[], UnreadableCluster>;
export type ProbeAnswer = Result<readonly AddressOutcome[], UnreadableCluster>;
export type AclAnswer = Result<{ readonly report: AclReport }, AclReadError>;

/** A bug in our own code. Without the message of the error, which could quote a cluster. */
export interface Bug {
  readonly where: string;
  readonly name: string;
  readonly stack: string;
}

export type FromProcess =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'called'; readonly calls: readonly RequestObservation[] }
  | { readonly kind: 'bug'; readonly bug: Bug }
  | {
      readonly kind: 'done';
      /** The answer as JSON, gzipped; null if the job threw. */
      readonly answer: Uint8Array | null;
      /** Memory of the process after the job. */
      readonly rssBytes: number;
    };
