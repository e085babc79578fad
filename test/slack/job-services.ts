import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import { people } from '../../sandbox/workspace/people';
import type { Workspace } from '../../sandbox/workspace/workspace';
import { createAuthorizer } from '../../src/access/authorizer';
import type { Config } from '../../src/config/config';
import type { JobRun } from '../../src/queue/define';
import type { RedisClient } from '../../src/redis/redis';
import { createMessageRefs } from '../../src/slack/api/message-refs.store';
import { createPoster } from '../../src/slack/api/poster';
import { createRateLimiter } from '../../src/slack/api/rate-limiter.store';
import type { ReplyServices } from '../../src/slack/reply';
import { sdkLogger } from '../../src/slack/sdk-logger';
import { sealer } from '../sealer';
import { testOutbox } from './outbox';

const log = pino({ level: 'silent' });

interface Parts {
  readonly redis: RedisClient;
  readonly slack: Workspace;
  readonly config: Config;
  readonly fetch?: typeof globalThis.fetch;
}

/** The services that answer a request in the local workspace, as a worker has them, without waits between messages. */
export const testReplyServices = ({ redis, slack, config, fetch = globalThis.fetch }: Parts) => {
  const client = new WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 1000,
    logger: sdkLogger(log, 'web-api'),
    fetch,
  });
  const poster = createPoster({
    client,
    botUserId: people.bot.id,
    rateLimiter: createRateLimiter(redis, 1),
    messageRefs: createMessageRefs(redis, sealer),
    log,
    lookAfterMs: 5,
    patienceMs: 1500,
  });
  return {
    config,
    authorizer: createAuthorizer({ client, access: config.access, home: { team: slack.teamId } }),
    poster,
    outbox: testOutbox(redis, poster, slack.apiUrl),
    botName: 'peering-bot',
  } satisfies ReplyServices & { readonly config: Config };
};

/** The first run of a job named `run-1`. */
export const testRun = (over: Partial<JobRun> = {}): JobRun => ({
  id: 'run-1',
  since: Date.now(),
  attempt: 1,
  attempts: 3,
  signal: new AbortController().signal,
  log,
  ...over,
});
