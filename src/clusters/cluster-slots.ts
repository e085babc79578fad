/** Limits of one worker, so that clusters that do not answer leave room for those that do. */
export interface ClusterSlots {
  /**
   * Takes a slot for a cluster; undefined if none is free for it now. `done` gives it back.
   *
   * @param now ms since the epoch
   */
  readonly take: (cluster: string, now: number) => ((now: number) => void) | undefined;
}

/** A cluster that took longer than this (ms) counts as slow. */
const slowAfterMs = 8_000;
/** A cluster that was slow counts as slow for this long (ms). */
const slowForMs = 5 * 60_000;
/** Maximum jobs of one cluster at once. */
const maxPerCluster = 2;

/**
 * Creates the slots of a worker that runs `count` jobs at once. Slow clusters together take half of them at most, and one
 * at least.
 */
export const createClusterSlots = (count: number): ClusterSlots => {
  const maxSlow = Math.max(1, Math.floor(count / 2));
  const running = new Set<{ readonly cluster: string; readonly since: number }>();
  const slowUntil = new Map<string, number>();
  const isSlow = (cluster: string, now: number): boolean =>
    (slowUntil.get(cluster) ?? 0) > now ||
    [...running].some((one) => one.cluster === cluster && now - one.since > slowAfterMs);
  return {
    take: (cluster, now) => {
      const jobs = [...running];
      if (jobs.filter((one) => one.cluster === cluster).length >= maxPerCluster) return undefined;
      const slow = jobs.filter((one) => isSlow(one.cluster, now)).length;
      if (isSlow(cluster, now) && slow >= maxSlow) return undefined;
      const own = { cluster, since: now };
      running.add(own);
      return (ended) => {
        running.delete(own);
        if (ended - own.since > slowAfterMs) slowUntil.set(cluster, ended + slowForMs);
        else slowUntil.delete(cluster);
      };
    },
  };
};
