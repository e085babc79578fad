import { keys } from '../redis/keys';
import type { RedisClient } from '../redis/redis';

/** When peerings were first seen PENDING: Consul does not tell, and a token that was never used shows by it. */
export interface PendingSince {
  /** ISO 8601 by peering id. */
  readonly read: (cluster: string) => Promise<Readonly<Record<string, string>>>;
  /** Keeps the first time of those that are pending, and forgets the others. */
  readonly note: (cluster: string, ids: readonly string[], at: string) => Promise<void>;
}

/** A cluster that nobody checks any more is forgotten. */
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
