import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { createHomePublisher } from '../../src/features/home/publish';
import { loadHome } from '../../src/features/home/load';
import { connectRedis, parseRedisUrl } from '../../src/redis/connect';
import { keys } from '../../src/redis/keys';
import type { RedisClient } from '../../src/redis/redis';
import { createMessageRefs } from '../../src/slack/api/message-refs.store';
import type { Outbox } from '../../src/slack/api/outbox/outbox';
import { createPoster, type Poster } from '../../src/slack/api/poster';
import { createRateLimiter } from '../../src/slack/api/rate-limiter.store';
import { contextOf } from '../../src/slack/define';
import { createReply, type Reply } from '../../src/slack/reply';
import { sdkLogger } from '../../src/slack/sdk-logger';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';
import { sealer } from '../sealer';
import { testOutbox } from './outbox';
import { actorOf, fakeTools, requestBy } from './support';

jest.setTimeout(60_000);

const log = pino({ level: 'silent' });
const user = people.requester.id;
const say = (text: string) => ({ text, blocks: [] });

describeWith(['redis'], 'requests that could not be answered', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  let client: WebClient;
  let poster: Poster;
  let outbox: Outbox;
  beforeAll(async () => {
    server = await startRedis();
    const address = parseRedisUrl(server.url);
    if (!address.ok) throw new Error(address.error);
    redis = connectRedis(address.value, 'working');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    slack = await startWorkspace({ messageRate: { perSecond: 1000, burst: 1000 } });
    client = new WebClient(slack.botToken, {
      slackApiUrl: slack.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 1000,
      logger: sdkLogger(log, 'web-api'),
    });
    poster = createPoster({
      client,
      botUserId: people.bot.id,
      rateLimiter: createRateLimiter(redis, 1),
      messageRefs: createMessageRefs(redis, sealer),
      log,
    });
    outbox = testOutbox(redis, poster, slack.apiUrl);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await slack.stop();
  });

  const reply = (id: string, what?: string): Reply => {
    const requester = { user, team: slack.teamId, channel: channels.platform };
    const { authorizer } = fakeTools().tools;
    const services = { authorizer, poster, outbox, botName: 'peering-bot' };
    const run = { id, since: Date.now(), attempt: 1, attempts: 3, signal: new AbortController().signal, log };
    return createReply(requester, services, run, what);
  };
  /** Gives an answer while Slack is away, and for more than its time. */
  const lose = async (id: string, what?: string): Promise<void> => {
    slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 100);
    await reply(id, what).finish({ message: say(id) }, 'answered');
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 2 * 3_600_000);
    await outbox.deliver(id);
    jest.restoreAllMocks();
    slack.faults.clear();
  };
  const names = async (): Promise<readonly string[]> =>
    (await outbox.unanswered.list(user)).map(({ name }) => name);
  const directly = (): string =>
    JSON.stringify(
      [...slack.state.channels.values()]
        .filter(({ kind, members }) => kind === 'im' && members.has(user))
        .flatMap(({ id }) => slack.messages(id)),
    );

  it('are named once, in private, with the next answer', async () => {
    await lose('run-1', 'check of prod-east');
    expect(await outbox.unanswered.list(user)).toMatchObject([{ name: 'run-1', why: 'unreachable' }]);
    await reply('run-2', 'check of prod-west').finish({ message: say('run-2') }, 'answered');
    expect(directly()).toContain('check of prod-east');
    expect(JSON.stringify(slack.messages(channels.platform))).not.toContain('prod-east');
    expect(await names()).toEqual([]);
    await reply('run-3', 'check of prod-west').finish({ message: say('run-3') }, 'answered');
    expect(directly().split('check of prod-east')).toHaveLength(2);
  });

  it('are named once where two jobs of the person end at the same time', async () => {
    await lose('run-1', 'check of prod-east');
    const { unanswered } = outbox;
    // Both have read what there is to tell before either tells it.
    const groups = await Promise.all([
      unanswered.nameNotes(user, 'run-2/unanswered'),
      unanswered.nameNotes(user, 'run-3/unanswered'),
    ]);
    expect(groups[0]).toEqual(groups[1]);
    expect(groups[0]).toMatchObject([{ name: 'run-2/unanswered', requests: [{ name: 'run-1' }] }]);
    await Promise.all(
      ['run-3', 'run-4', 'run-5'].map((id) =>
        reply(id, 'check of prod-west').finish({ message: say(id) }, 'answered'),
      ),
    );
    expect(directly().split('check of prod-east')).toHaveLength(2);
    expect(await names()).toEqual([]);
    expect(await redis.exists(keys.unansweredNotes(user))).toBe(0);
  });

  it('are named once though a job died between the note and its record', async () => {
    await lose('run-1', 'check of prod-east');
    const clear = jest.spyOn(outbox.unanswered, 'clear').mockRejectedValueOnce(new Error('killed'));
    await expect(
      reply('run-2', 'check of prod-west').finish({ message: say('run-2') }, 'answered'),
    ).rejects.toThrow('killed');
    clear.mockRestore();
    await outbox.unanswered.add(user, [
      { name: 'run-3', what: 'trace of prod-east', at: Date.now(), why: 'refused' },
    ]);
    await reply('run-4', 'check of prod-west').finish({ message: say('run-4') }, 'answered');
    // As the workers do with what is due.
    await outbox.deliver('run-2/unanswered');
    expect(directly().split('check of prod-east')).toHaveLength(2);
    expect(directly().split('trace of prod-east')).toHaveLength(2);
    expect(await names()).toEqual([]);
  });

  it('are named by no stored name that is not that of a note', async () => {
    await lose('run-1', 'check of prod-east');
    await redis.hset(keys.unansweredNotes(user), 'run-1', 'run-2');
    await reply('run-2', 'check of prod-west').finish({ message: say('run-2') }, 'answered');
    expect(JSON.stringify(slack.messages(channels.platform))).toContain('run-2');
    expect(directly()).not.toContain('check of prod-east');
  });

  it('are named later if the note could not be delivered either', async () => {
    await lose('run-1', 'check of prod-east');
    await lose('run-2', 'check of prod-west');
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 2 * 3_600_000);
    slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 100);
    await outbox.deliver('run-2/unanswered');
    jest.restoreAllMocks();
    slack.faults.clear();
    expect((await names()).toSorted()).toEqual(['run-1', 'run-2']);
  });

  it('are named once on App Home', async () => {
    await lose('run-1', 'check of prod-east');
    const { unanswered } = outbox;
    const authorize = async () => ({ ok: true, value: { kind: 'allowed' } }) as const;
    const tools = {
      ...fakeTools().tools,
      authorizer: { ...fakeTools().tools.authorizer, authorize },
      unanswered,
    };
    const context = contextOf(requestBy(actorOf(user, slack.teamId, '')), tools);
    const publisher = createHomePublisher(client, unanswered);
    const view = await loadHome(0, context);
    expect(JSON.stringify(view)).toContain('check of prod-east');
    expect(await names()).toEqual(['run-1']);
    slack.faults.next('views.publish', { kind: 'status', status: 503 });
    await publisher.publish(context, view);
    expect(await names()).toEqual(['run-1']);
    await publisher.publish(context, view);
    expect(await names()).toEqual([]);
    expect(JSON.stringify(await loadHome(0, context))).not.toContain('check of prod-east');
  });

  it('are not noted where the answer was delivered, or nothing describes them', async () => {
    await reply('run-1', 'check of prod-east').finish({ message: say('run-1') }, 'answered');
    await lose('run-2');
    expect(await names()).toEqual([]);
  });

  it('are bounded in number and time, and ignored if they are not sealed', async () => {
    const many = Array.from({ length: 15 }, (_, nth) => ({
      name: `run-${nth}`,
      what: 'check of prod-east',
      at: nth,
      why: 'unreachable' as const,
    }));
    await outbox.unanswered.add(user, many);
    expect(await names()).toEqual(many.slice(5).map(({ name }) => name));
    await outbox.unanswered.nameNotes(user, 'run-20/unanswered');
    expect(await redis.pttl(keys.unanswered(user))).toBeGreaterThan(0);
    expect(await redis.pttl(keys.unansweredNotes(user))).toBeGreaterThan(0);
    await redis.hset(keys.unanswered(user), 'run-99', JSON.stringify(many[0]));
    expect(await names()).toHaveLength(10);
  });
});
