import type { Reachable } from './trace';

/** The services that stop working if a part of a cluster goes down. JSON-safe, no markup, no secrets. */

export type ImpactKind = 'service' | 'peer' | 'gateway';

/** A consumer that calls through the part. */
export interface ImpactedPath {
  readonly consumer: { readonly cluster: string; readonly service: string };
  readonly destination: {
    /** The name in the clusters file; null where the other side is not configured. */
    readonly cluster: string | null;
    readonly peer: string;
    readonly service: string;
  };
  /** `stops`: its calls fail. `fails-over`: another target takes them. `loses-standby`: only its fallback goes. */
  readonly effect: 'stops' | 'fails-over' | 'loses-standby';
  /** The target that takes the calls; empty unless `effect` is `fails-over`. */
  readonly instead: string;
  /** True if its calls arrive today. */
  readonly reachable: Reachable;
}

export interface Impact {
  readonly schemaVersion: 1;
  readonly cluster: string;
  readonly subject: { readonly kind: ImpactKind; readonly name: string };
  readonly paths: readonly ImpactedPath[];
  /** Sentences about consumers that may exist and are not visible. */
  readonly notVisible: readonly string[];
  /** The reason why nothing stops although paths use it, such as other gateways; empty otherwise. */
  readonly spared: string;
  readonly startedAt: string;
  readonly durationMs: number;
}

/** Paths whose calls fail. */
export const stoppedPaths = ({ paths }: Impact): readonly ImpactedPath[] =>
  paths.filter(({ effect }) => effect === 'stops');
