import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterConfig } from '../config/config';
import type { Semaphore } from '../consul/semaphore';
import type { ClusterSlots } from './cluster-slots';
import type { ReachCluster } from './reach-cluster';

/** The services that reading several clusters for one request needs. */
export interface FleetReading {
  readonly clusterSlots: ClusterSlots;
  readonly reach: ReachCluster;
  /** Limits the clusters that all requests about several clusters read at once in this process. */
  readonly fleetLanes: Semaphore;
  /** Limits the requests about several clusters that this process handles at once. */
  readonly fleetSlots: ClusterSlots;
}

/** Time until a cluster without a free slot is tried again, in ms. */
const retryMs = 250;

/** Reads a cluster when a lane and one of its slots are free; undefined if the signal aborts before. */
export const readInLane = async <T>(
  cluster: ClusterConfig,
  {
    clusterSlots,
    fleetLanes,
    signal,
  }: Omit<FleetReading, 'reach' | 'fleetSlots'> & { readonly signal: AbortSignal },
  read: () => Promise<T>,
): Promise<T | undefined> => {
  while (await fleetLanes.acquire(signal)) {
    try {
      const done = clusterSlots.take(cluster.name, Date.now());
      if (done !== undefined) return await read().finally(() => done(Date.now()));
    } finally {
      fleetLanes.release();
    }
    // Leaves the lane to others meanwhile.
    await sleep(retryMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
};
