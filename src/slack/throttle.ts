import { within } from '../queue/within';
import { countCommand } from './throttle.store';
import type { RedisClient } from '../redis/redis';
import type { Throttle } from './admission';

const perMinute = 10;
/** Counting must leave time to queue before the acknowledgement is due. */
const patienceMs = 500;

/**
 * Allows ten commands and clicks per person and minute, over all processes. If Redis does not answer, the command passes:
 * nothing expensive can be queued then.
 */
export const createThrottle =
  (redis: RedisClient): Throttle =>
  async ({ actor, log }) => {
    try {
      const { exceeded, waitMs } = await within(patienceMs, countCommand(redis, actor, perMinute));
      return exceeded ? { kind: 'too-many', perMinute, retryMs: waitMs } : undefined;
    } catch (error) {
      log.warn({ reason: String(error) }, 'could not count commands');
      return undefined;
    }
  };
