import type { ClusterConfig } from '../../config/config';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { versionedRecords } from '../../redis/versioned-value';
import type { Sealer } from '../../signing/seal-record';
import { nextIncident, Incident, isCurrent, type ObservedState } from './incident';

/** Names one incident of a cluster. */
export type IncidentKey = Pick<Incident, 'cluster' | 'sinceMs'>;

export interface Incidents {
  /** Finds the present incidents of clusters, by cluster. */
  readonly of: (clusters: readonly string[], nowMs: number) => Promise<ReadonlyMap<string, Incident>>;
  /** Begins, keeps or ends the incident of a cluster, and returns the present one. */
  readonly observe: (
    cluster: Pick<ClusterConfig, 'name' | 'peers'>,
    observed: ObservedState,
    nowMs: number,
  ) => Promise<Incident | undefined>;
  /**
   * Lets a message mention the on-call group of a cluster: true for one message of an incident, however often it asks, and
   * only while nobody is on it.
   *
   * @param may false if the group is not to be mentioned now: then it is due later
   */
  readonly claimMention: (cluster: string, message: string, may: boolean, nowMs: number) => Promise<boolean>;
  /** Gives a mention back that could not be posted: another message may make it. */
  readonly returnMention: (cluster: string, message: string) => Promise<void>;
  /** Puts a person on an incident if nobody is; returns it as it is then, undefined if it is over. */
  readonly take: (key: IncidentKey, by: string, nowMs: number) => Promise<Incident | undefined>;
  /** Takes the person off an incident; returns it as it was, undefined if it is over. */
  readonly release: (key: IncidentKey, nowMs: number) => Promise<Incident | undefined>;
}

/** Stores the present incident of each cluster, for all subscriptions and digests together. */
export const createIncidents = (redis: RedisClient, sealer: Sealer): Incidents => {
  const records = versionedRecords(redis, sealer, {
    kind: 'incident',
    key: keys.incidents,
    schema: Incident,
  });
  const find = async (cluster: string, nowMs: number): Promise<Incident | undefined> => {
    const found = await records.find(cluster);
    return found !== undefined && isCurrent(found, nowMs) ? found : undefined;
  };
  /** Changes an incident, over the version that was read. A change to itself writes nothing. */
  const change = async (
    cluster: string,
    changed: (before: Incident | undefined) => Incident | undefined,
  ): Promise<{ readonly before: Incident | undefined; readonly after: Incident | undefined }> => {
    for (;;) {
      const before = await records.find(cluster);
      const next = changed(before);
      if (next === before) return { before, after: next };
      const version = before?.version ?? 0;
      if (next === undefined) {
        if (await records.remove(cluster, version)) return { before, after: undefined };
        continue;
      }
      // The version of a later incident is never that of an earlier one.
      const after = { ...next, version: Math.max(next.sinceMs, version + 1) };
      if (await records.put(cluster, version, after)) return { before, after };
    }
  };
  const changeOne = (
    { cluster, sinceMs }: IncidentKey,
    nowMs: number,
    changed: (before: Incident) => Incident,
  ) =>
    change(cluster, (before) =>
      before?.sinceMs === sinceMs && isCurrent(before, nowMs) ? changed(before) : before,
    );
  const isOne = (incident: Incident | undefined, { sinceMs }: IncidentKey, nowMs: number) =>
    incident?.sinceMs === sinceMs && isCurrent(incident, nowMs) ? incident : undefined;
  return {
    of: async (clusters, nowMs) => {
      const found = await Promise.all(clusters.map((cluster) => find(cluster, nowMs)));
      return new Map(found.flatMap((one) => (one === undefined ? [] : [[one.cluster, one] as const])));
    },
    observe: async (cluster, observed, nowMs) =>
      (await change(cluster.name, (before) => nextIncident(before, observed, cluster, nowMs))).after,
    claimMention: async (cluster, message, may, nowMs) => {
      const { after } = await change(cluster, (before) => {
        if (before === undefined || !isCurrent(before, nowMs)) return before;
        if (before.mention !== null || before.taken !== null) return before;
        if (!may) return before.isDue ? before : { ...before, isDue: true };
        return { ...before, isDue: false, mention: { message, atMs: nowMs } };
      });
      return after?.mention?.message === message && after.taken === null;
    },
    returnMention: async (cluster, message) => {
      await change(cluster, (before) =>
        before?.mention?.message === message ? { ...before, mention: null, isDue: true } : before,
      );
    },
    take: async (key, by, nowMs) => {
      const { after } = await changeOne(key, nowMs, (before) =>
        before.taken === null ? { ...before, taken: { by, atMs: nowMs } } : before,
      );
      return isOne(after, key, nowMs);
    },
    release: async (key, nowMs) => {
      const { before } = await changeOne(key, nowMs, (found) =>
        found.taken === null ? found : { ...found, taken: null },
      );
      return isOne(before, key, nowMs);
    },
  };
};
