import type { Evidence, Finding } from './report';

/** The answer to a trace: one path, hop by hop. JSON-safe, no markup, no secrets. */

export interface TraceHop {
  /** Such as `intention`; unique in a trace. */
  readonly name: string;
  /** The cluster that it is about; a peer that is not configured is named `peer east`. */
  readonly cluster: string;
  readonly status: 'ok' | 'broken' | 'unknown';
  /** The state that was read, or why it is not visible. */
  readonly detail: string;
  /** A risk although the hop works; empty where there is none. */
  readonly caution: string;
  /** The id of the check that this hop belongs to. */
  readonly check: string;
  readonly evidence: readonly Evidence[];
  /** The finding of that check, with its fix; null unless the hop is broken. */
  readonly finding: Finding | null;
}

export type Reachable = 'yes' | 'no' | 'unknown';

export interface Trace {
  readonly schemaVersion: 1;
  readonly reachable: Reachable;
  /** In the order of traffic. The first broken one is the answer. */
  readonly hops: readonly TraceHop[];
  readonly consumer: { readonly cluster: string; readonly service: string };
  readonly destination: {
    /** The name in the clusters file; null where the other side is not configured. */
    readonly cluster: string | null;
    /** Null where no peer is reached. */
    readonly peer: string | null;
    readonly service: string;
  };
  /** Other paths between the two, such as failover targets. */
  readonly others: readonly { readonly path: string; readonly reachable: Reachable }[];
  readonly startedAt: string;
  readonly durationMs: number;
}

/** The first broken hop; undefined where none is. */
export const brokenHop = ({ hops }: Trace): TraceHop | undefined =>
  hops.find(({ status }) => status === 'broken');
