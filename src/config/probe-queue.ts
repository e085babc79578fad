import type { ClusterConfig } from './config';

/**
 * Name of a second vantage point of probes: a worker that was started with it, in another network than the bot. It is part of the
 * name of a queue.
 */
export const vantagePointPattern = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

/** The queue of a vantage point. Its workers take jobs from no other. */
export type ProbeQueue = `probes-${string}`;

export const probeQueueOf = (vantagePoint: string): ProbeQueue => `probes-${vantagePoint}`;

type ProbeSetting = Pick<ClusterConfig, 'probe'>;

/** Returns the second vantage point that the settings of a cluster name. */
export const vantagePointOf = ({ probe }: ProbeSetting): string | undefined =>
  typeof probe === 'object' ? probe.from : undefined;

export const isProbedFrom = (cluster: ProbeSetting, vantagePoint: string): boolean =>
  vantagePointOf(cluster) === vantagePoint;

/** Lists the second vantage points that the settings of clusters name. */
export const vantagePointsOf = (clusters: readonly ProbeSetting[]): readonly string[] => [
  ...new Set(clusters.flatMap((cluster) => vantagePointOf(cluster) ?? [])),
];
