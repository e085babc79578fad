import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import { channels, people } from '../../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../../sandbox/workspace/workspace';
import { keys } from '../../../../src/redis/keys';
import type { RedisClient } from '../../../../src/redis/redis';
import { createMessageRefs } from '../../../../src/slack/api/message-refs.store';
import type { Outbox } from '../../../../src/slack/api/outbox/outbox';
import { createOutboxStore } from '../../../../src/slack/api/outbox/outbox.store';
import { createPoster } from '../../../../src/slack/api/poster';
import { createRateLimiter } from '../../../../src/slack/api/rate-limiter.store';
import { sdkLogger } from '../../../../src/slack/sdk-logger';
import { describeWith } from '../../../lab/binaries';
import { waitFor } from '../../../lab/process';
import { type RedisServer, startRedis } from '../../../lab/redis';
import { sealer } from '../../../sealer';
import { testOutbox } from '../../outbox';
import { connectTestRedis } from '../../../redis-client';

jest.setTimeout(60_000);

const log = pino({ level: 'silent' });
const say = (text: string) => ({ text, blocks: [] });

describeWith(['redis'], 'the outbox', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    slack = await startWorkspace({ messageRate: { perSecond: 1000, burst: 1000 } });
    ends.push(slack.stop);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const open = (isAlive?: () => Promise<boolean>, connection = redis): Outbox => {
    const client = new WebClient(slack.botToken, {
      slackApiUrl: slack.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 300,
      logger: sdkLogger(log, 'web-api'),
    });
    const poster = createPoster({
      client,
      botUserId: people.bot.id,
      rateLimiter: createRateLimiter(connection, 1),
      messageRefs: createMessageRefs(connection, sealer),
      log,
    });
    return testOutbox(connection, poster, slack.apiUrl, isAlive);
  };
  const start = (outbox: Outbox): void => {
    ends.push(outbox.start().stop);
  };
  const target = () => ({
    name: 'run',
    since: Date.now(),
    channel: channels.platform,
    user: people.requester.id,
  });
  const texts = () => slack.messages(channels.platform).map(({ text }) => text);
  const final = (text: string, thread: readonly string[] = []) => ({
    renderings: [{ message: say(text), thread: thread.map(say) }],
    final: true,
  });
  const reading = { renderings: [{ message: say('reading') }], final: false, orphan: say('interrupted') };

  it('corrects a message after Slack applied an older edit late', async () => {
    const outbox = open();
    await outbox.put(target(), reading);
    await outbox.deliver('run');
    await outbox.put(target(), { ...reading, renderings: [{ message: say('older') }] });
    // Its client gives up long before.
    slack.faults.next('chat.update', { kind: 'delay', ms: 1500 });
    await outbox.deliver('run');
    await outbox.put(target(), final('answer'));
    await outbox.deliver('run');
    await slack.until(() => texts()[0] === 'older', 'the late edit');
    start(outbox);
    await slack.until(() => texts()[0] === 'answer', 'the correction', 20_000);
    expect(texts()).toEqual(['answer']);
  });

  it('deletes a post that Slack applied late, after it was posted again', async () => {
    const outbox = open();
    slack.faults.next('chat.postMessage', { kind: 'delay', ms: 4000 });
    await outbox.put(target(), final('answer', ['reply']));
    await outbox.deliver('run');
    start(outbox);
    await slack.until(() => texts().length === 2, 'the double', 20_000);
    await slack.until(() => texts().length === 1, 'its end', 30_000);
    const [answer] = slack.messages(channels.platform);
    expect(slack.thread(answer?.ts ?? '').map(({ text }) => text)).toEqual(['reply']);
  });

  it('says that a message has no result whose job is gone', async () => {
    const outbox = open(async () => false);
    await outbox.put(target(), reading);
    await outbox.deliver('run');
    // The next look at its job is 15 s after the first.
    start(outbox);
    await slack.until(() => texts()[0] === 'interrupted', 'the end', 30_000);
    // Its job comes back after all: the message no longer changes.
    expect((await outbox.put(target(), final('answer'))).renderings[0]?.message.text).not.toBe('answer');
    expect(texts()).toEqual(['interrupted']);
  });

  it('does nothing more in a process whose lease another one has', async () => {
    const stopped = open();
    const store = createOutboxStore(redis, sealer);
    slack.faults.next('chat.postMessage', { kind: 'delay-reply', ms: 200 });
    await stopped.put(target(), final('answer', ['one', 'two']));
    const delivering = stopped.deliver('run');
    await slack.until(() => texts().length);
    // Another process takes over while the first one is stopped.
    await redis.hdel(keys.outboxLeases, 'run');
    expect(await store.take('another', 'run')).toMatchObject({ name: 'run' });
    await delivering;
    const [answer] = slack.messages(channels.platform);
    expect(slack.thread(answer?.ts ?? '')).toEqual([]);
  });

  /** A process that is stopped in the moment in which Redis answers a command, and continued long after its lease ended. */
  const stoppable = () => {
    const connection = connectTestRedis(server.url, 'working');
    ends.push(() => connection.disconnect());
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    return {
      connection,
      stopAt: (command: 'get' | 'set', key: string): Promise<void> =>
        new Promise((reached) => {
          const send = connection[command].bind(connection) as (...args: unknown[]) => Promise<unknown>;
          jest.spyOn(connection, command).mockImplementation((async (...args: unknown[]) => {
            const answer = await send(...args);
            if (args[0] === key) {
              reached();
              await gate;
            }
            return answer;
          }) as never);
        }),
      takeOver: async (): Promise<void> => {
        await redis.hdel(keys.outboxLeases, 'run');
      },
      goOn: (): void => {
        const nowMs = Date.now() + 20_000;
        jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
        release();
      },
    };
  };

  it('posts nothing in a process that was stopped before its post, and continued after the lease', async () => {
    const stopped = stoppable();
    const [first, second] = [open(undefined, stopped.connection), open()];
    await first.put(target(), reading);
    const reached = stopped.stopAt('set', keys.messageRef('run'));
    const delivering = first.deliver('run');
    await reached;
    await stopped.takeOver();
    await second.put(target(), final('answer'));
    await second.deliver('run');
    stopped.goOn();
    await delivering.finally(() => jest.restoreAllMocks());
    expect(texts()).toEqual(['answer']);
    expect(slack.traffic.calls('chat.postMessage')).toHaveLength(1);
  });

  it('edits nothing in a process that was stopped before its edit, and continued after the lease', async () => {
    const stopped = stoppable();
    const [first, second] = [open(undefined, stopped.connection), open()];
    await first.put(target(), reading);
    await first.deliver('run');
    await first.put(target(), { ...reading, renderings: [{ message: say('older') }] });
    const reached = stopped.stopAt('get', keys.outboxEntry('run'));
    const delivering = first.deliver('run');
    await reached;
    await stopped.takeOver();
    await second.put(target(), final('answer'));
    await second.deliver('run');
    stopped.goOn();
    await delivering.finally(() => jest.restoreAllMocks());
    expect(texts()).toEqual(['answer']);
  });

  it('keeps what it stores unreadable, and drops what this bot did not store', async () => {
    const outbox = open();
    slack.faults.next('*', { kind: 'status', status: 503 }, 1);
    await outbox.put(target(), final('a secret answer'));
    await outbox.deliver('run');
    const stored = (await redis.get(keys.outboxEntry('run'))) ?? '';
    expect(stored).toMatch(/^sealed:/);
    expect(Buffer.from(stored).toString('latin1')).not.toContain('secret');
    await redis.set(keys.outboxEntry('run'), stored.replace(/.{4}$/, 'AAAA'));
    start(outbox);
    await waitFor('the end', async () => (await redis.zcard(keys.outboxDue)) === 0);
    expect(texts()).toEqual([]);
  });

  it('stores content as long as its entry, and none that was replaced or delivered', async () => {
    const outbox = open();
    const contents = async () => redis.keys(keys.outboxContent('*'));
    await outbox.put(target(), reading);
    await outbox.put(target(), final('answer'));
    const stored = await contents();
    expect(stored).toHaveLength(1);
    const [ofContent, ofEntry] = [
      await redis.pttl(stored[0] ?? ''),
      await redis.pttl(keys.outboxEntry('run')),
    ];
    expect(ofContent).toBeGreaterThan(ofEntry - 60_000);
    await outbox.deliver('run');
    expect(texts()).toEqual(['answer']);
    expect(await contents()).toEqual([]);
  });

  it('delivers each answer once with two processes, and leaves no lease behind', async () => {
    const outboxes = [open(), open()];
    for (const outbox of outboxes) start(outbox);
    const names = Array.from({ length: 20 }, (_, n) => `run-${n}`);
    for (const name of names) await outboxes[0]?.put({ ...target(), name }, final(name));
    await waitFor('the end', async () => (await redis.zcard(keys.outboxDue)) === 0, { timeoutMs: 30_000 });
    expect(texts().toSorted()).toEqual(names.toSorted());
    expect(await redis.hlen(keys.outboxLeases)).toBe(0);
  });
});
