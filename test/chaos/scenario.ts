import type { SlackRule } from './slack-proxy';

/** One fault and its target. It lasts for the time of its step. */
export type ChaosFault =
  | { readonly to: 'slack'; readonly kind: 'rules'; readonly rules: readonly SlackRule[] }
  | { readonly to: 'slack' | 'redis' | 'consul'; readonly kind: 'refuse' | 'stall' }
  | { readonly to: 'slack' | 'redis' | 'consul'; readonly kind: 'delay'; readonly ms: number }
  /** Closes all connections at the start of the step, and then every `everyMs`. */
  | { readonly to: 'slack' | 'redis' | 'consul'; readonly kind: 'cut'; readonly everyMs: number }
  /** One connection forwards nothing for good, also after the step. */
  | { readonly to: 'slack' | 'redis'; readonly kind: 'black-hole' }
  /** Kills a random process of the role every `everyMs`; another one takes its place. */
  | { readonly to: 'workers' | 'bots'; readonly kind: 'kill'; readonly everyMs: number }
  /** Stops a random worker every `everyMs`, and continues it after `forMs`. */
  | { readonly to: 'workers'; readonly kind: 'stop'; readonly everyMs: number; readonly pauseMs: number }
  /** Kills Redis, which has written everything to its append-only file; it starts again at the end of the step. */
  | { readonly to: 'redis'; readonly kind: 'crash' }
  /** Redis answers READONLY, as the former master does after a failover, or OOM, as with its memory full. */
  | { readonly to: 'redis'; readonly kind: 'read-only' | 'full' }
  /** Puts Redis back to the copy that was made at the beginning of the scenario. */
  | { readonly to: 'redis'; readonly kind: 'restore' };

export interface ChaosStep {
  readonly atMs: number;
  /** Absent: the fault is a moment. */
  readonly forMs?: number;
  readonly fault: ChaosFault;
}

export type ChaosRequests =
  /** Commands, spread evenly over `overMs`. */
  | {
      readonly kind: 'commands';
      readonly count: number;
      readonly overMs: number;
      /** Clusters whose Consul never answers, out of all clusters. Default 0. */
      readonly stalledClusters?: number;
    }
  /** Digests that come due `inMs` after the start. */
  | { readonly kind: 'digests'; readonly count: number; readonly inMs: number };

export interface Scenario {
  readonly name: string;
  /** Made at once, and while the faults last. */
  readonly requests: readonly ChaosRequests[];
  readonly steps: readonly ChaosStep[];
  /** Maximum time for the last answers after the last step, in ms, on a machine that is otherwise idle. */
  readonly patienceMs: number;
  /** Time without a change before the messages are read, in ms: longer than a late call of Slack. */
  readonly quietMs: number;
}
