import type { Logger } from 'pino';
import { within } from '../queue/within';
import type { RedisClient } from '../redis/redis';
import { isFirst } from './replays.store';

const patienceMs = 500;
const mostRemembered = 10_000;

/**
 * Tells whether a signature is seen for the first time: by this process, and by all of them as far as Redis
 * answers. Without Redis a replay to another process would pass, but then it can have no effect either, since
 * all that changes anything has to be queued.
 */
export const createReplayGuard = (redis: RedisClient, log: Logger) => {
  /** Until when each signature counts, the oldest first. */
  const seen = new Map<string, number>();
  return async (signature: string, forMs: number): Promise<boolean> => {
    const now = Date.now();
    if ((seen.get(signature) ?? 0) > now) return false;
    for (const [oldest, until] of seen) {
      if (until > now && seen.size < mostRemembered) break;
      seen.delete(oldest);
    }
    seen.set(signature, now + forMs);
    try {
      return await within(patienceMs, isFirst(redis, signature, forMs));
    } catch (error) {
      log.warn({ reason: String(error) }, 'could not look for replays in Redis');
      return true;
    }
  };
};
