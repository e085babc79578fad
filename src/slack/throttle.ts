import { within } from '../queue/within';
import { type Counted, countRequest } from './throttle.store';
import type { RedisClient } from '../redis/redis';
import type { Throttle } from './admission';

/**
 * Maximum of a person in one minute. The limits are separate, so that App Home, links, prompts and searches use up no
 * commands.
 */
const perMinute: Readonly<Record<Counted, number>> = {
  commands: 10,
  homes: 20,
  previews: 20,
  prompts: 20,
  searches: 120,
};
/** Counting must leave time to queue before the acknowledgement is due. */
const patienceMs = 500;

/**
 * Limits commands and clicks, how often App Home is opened, messages with links, suggested prompts, or searches, per person
 * and minute over all processes. If Redis does not answer, the request passes: nothing expensive can be queued then.
 */
export const createThrottle =
  (redis: RedisClient, counted: Counted): Throttle =>
  async ({ actor, log }) => {
    const allowed = perMinute[counted];
    try {
      const { exceeded, waitMs } = await within(patienceMs, countRequest(redis, actor, counted, allowed));
      return exceeded ? { kind: 'too-many', perMinute: allowed, retryMs: waitMs } : undefined;
    } catch (error) {
      log.warn({ reason: String(error) }, `could not count ${counted}`);
      return undefined;
    }
  };
