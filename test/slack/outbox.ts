import { pino } from 'pino';
import type { RedisClient } from '../../src/redis/redis';
import { createOutbox, type Outbox } from '../../src/slack/api/outbox/outbox';
import { createOutboxStore } from '../../src/slack/api/outbox/outbox.store';
import { createUnanswered } from '../../src/slack/api/outbox/unanswered.store';
import type { Poster } from '../../src/slack/api/poster';
import { createRateLimiter } from '../../src/slack/api/rate-limiter.store';
import { createRespond } from '../../src/slack/api/response-url';
import { sealer } from '../sealer';

/** An outbox as a worker has it, that does not space messages. */
export const testOutbox = (
  redis: RedisClient,
  poster: Poster,
  slackApiUrl: string,
  isAlive: (job: string) => Promise<boolean> = async () => true,
): Outbox =>
  createOutbox({
    store: createOutboxStore(redis, sealer),
    unanswered: createUnanswered(redis, sealer),
    poster,
    respond: createRespond(slackApiUrl),
    rateLimiter: createRateLimiter(redis, 1),
    isAlive,
    log: pino({ level: 'silent' }),
  });
