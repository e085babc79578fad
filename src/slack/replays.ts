import type { Logger } from 'pino';
import { within } from '../queue/within';
import type { RedisClient } from '../redis/redis';
import { isFirst } from './replays.store';

const patienceMs = 500;
const maxRemembered = 10_000;

/**
 * Tells whether a signature comes for the first time: to this process, and to all processes while Redis answers.
 * Without Redis, another process would accept a replay. It would have no effect, since every change has to be queued.
 */
export const createReplayGuard = (redis: RedisClient, log: Logger) => {
  /** Expiry of each signature (ms since the epoch), the oldest first. */
  const seen = new Map<string, number>();
  return async (signature: string, forMs: number): Promise<boolean> => {
    const now = Date.now();
    if ((seen.get(signature) ?? 0) > now) return false;
    for (const [oldest, until] of seen) {
      if (until > now && seen.size < maxRemembered) break;
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
