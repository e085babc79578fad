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
  /** Expiry of each signature (ms since the epoch). */
  const seen = new Map<string, number>();
  /** Holds the signatures in the order of their arrival: a map that lost its first entries is slow to find the next. */
  const order = createFifo<{ readonly signature: string; readonly until: number }>();
  return async (signature: string, forMs: number): Promise<boolean> => {
    const now = Date.now();
    if ((seen.get(signature) ?? 0) > now) return false;
    for (let oldest = order.first(); oldest !== undefined; oldest = order.first()) {
      if (oldest.until > now && order.size() < maxRemembered) break;
      // It may have come since then, and is in the order a second time.
      if (seen.get(oldest.signature) === oldest.until) seen.delete(oldest.signature);
      order.removeFirst();
    }
    const until = now + forMs;
    seen.set(signature, until);
    order.add({ signature, until });
    try {
      return await within(patienceMs, isFirst(redis, signature, forMs));
    } catch (error) {
      log.warn({ reason: String(error) }, 'could not look for replays in Redis');
      return true;
    }
  };
};

const createFifo = <T>() => {
  const items: T[] = [];
  let removed = 0;
  return {
    first: (): T | undefined => items[removed],
    size: (): number => items.length - removed,
    add: (item: T): void => void items.push(item),
    removeFirst: (): void => {
      removed += 1;
      if (removed < maxRemembered) return;
      items.splice(0, removed);
      removed = 0;
    },
  };
};
