import { keys } from '../redis/keys';
import type { RedisClient } from '../redis/redis';
import type { RecordLocation, Sealer } from '../signing/seal-record';

/** The times at which peerings were first found PENDING. Consul does not store them; an old one reveals an unused token. */
export interface PendingSince {
  /** ISO 8601 by peering id. */
  readonly read: (cluster: string) => Promise<Readonly<Record<string, string>>>;
  /** Stores the first time of each pending peering, and forgets those that are no longer pending. */
  readonly note: (cluster: string, ids: readonly string[], at: string) => Promise<void>;
}

/** Time after which a cluster that is no longer checked is forgotten. */
const keptMs = 90 * 86_400_000;

export const createPendingSince = (redis: RedisClient, sealer: Sealer): PendingSince => {
  const locationOf = (cluster: string, id: string): RecordLocation => ({
    kind: 'pending',
    key: keys.pendingOf(cluster),
    field: id,
  });
  const genuine = (cluster: string, stored: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(stored).flatMap(([id, sealed]) => {
        const at = sealer.open(locationOf(cluster, id), sealed);
        return at === undefined ? [] : [[id, at]];
      }),
    );
  return {
    read: async (cluster) => genuine(cluster, await redis.hgetall(keys.pendingOf(cluster))),
    note: async (cluster, ids, at) => {
      const key = keys.pendingOf(cluster);
      const stored = await redis.hgetall(key);
      const known = genuine(cluster, stored);
      const gone = Object.keys(stored).filter((id) => !ids.includes(id) || known[id] === undefined);
      if (gone.length > 0) await redis.hdel(key, ...gone);
      for (const id of ids) await redis.hsetnx(key, id, sealer.seal(locationOf(cluster, id), at));
      await redis.pexpire(key, keptMs);
    },
  };
};
