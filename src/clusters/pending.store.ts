import { keys } from '../redis/keys';
import type { RedisClient } from '../redis/redis';

/** The times at which peerings were first found PENDING. Consul does not store them; an old one reveals an unused token. */
export interface PendingSince {
  /** ISO 8601 by peering id. */
  readonly read: (cluster: string) => Promise<Readonly<Record<string, string>>>;
  /** Stores the first time of each pending peering, and forgets those that are no longer pending. */
  readonly note: (cluster: string, ids: readonly string[], at: string) => Promise<void>;
}

/** Time after which a cluster that is no longer checked is forgotten. */
const keptMs = 90 * 86_400_000;

export const createPendingSince = (redis: RedisClient): PendingSince => ({
  read: (cluster) => redis.hgetall(keys.pendingOf(cluster)),
  note: async (cluster, ids, at) => {
    const key = keys.pendingOf(cluster);
    const gone = (await redis.hkeys(key)).filter((id) => !ids.includes(id));
    if (gone.length > 0) await redis.hdel(key, ...gone);
    for (const id of ids) await redis.hsetnx(key, id, at);
    await redis.pexpire(key, keptMs);
  },
});
