import { keys } from '../../redis/keys';
import { acquireLock, releaseLock } from '../../redis/lock';
import type { RedisClient } from '../../redis/redis';

/** Longer than a check and its messages take (ms). The lock expires if the process of the job dies. */
const leaseMs = 180_000;

/** One check of a cluster and peer at a time in a channel. */
export interface CheckLocks {
  /** False while another job runs the same check. A repeated attempt of a job keeps its lock. */
  readonly acquire: (check: string, job: string) => Promise<boolean>;
  /** Returns the job that runs the check; undefined if none does. */
  readonly holder: (check: string) => Promise<string | undefined>;
  readonly release: (check: string, job: string) => Promise<void>;
}

export const createCheckLocks = (redis: RedisClient): CheckLocks => ({
  acquire: (check, job) => acquireLock(redis, keys.checkLock(check), job, leaseMs),
  holder: async (check) => (await redis.get(keys.checkLock(check))) ?? undefined,
  release: (check, job) => releaseLock(redis, keys.checkLock(check), job),
});
