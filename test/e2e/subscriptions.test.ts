import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createProducer, type Producer } from '../../src/queue/producer';
import { pollSubscription } from '../../src/features/subscriptions/poll-subscription';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import type { RedisClient } from '../../src/redis/redis';
import { createWatches, type Watch } from '../../src/features/subscriptions/watches.store';
import { resultOf, type Stage, startStage, toApi } from '../e2e-checks/stage';
import { openRedis } from '../features/digests/stage';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { manifest, startBotProcess } from './support';
import { sealer } from '../sealer';

jest.setTimeout(120_000);

const { requester } = people;
const cluster = 'prod-west';
const channel = channels.platform;

describeWith(['consul', 'redis'], 'a real cluster that a channel watches', () => {
  let stage: Stage;
  let server: RedisServer;
  let redis: RedisClient;
  let producer: Producer;
  let slack: Workspace;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    stage = await startStage();
    ends.push(stage.stop);
    await stage.reset();
    server = await startRedis();
    ends.push(server.stop);
    redis = openRedis(server.url);
    ends.push(() => redis.disconnect());
    producer = createProducer(redis, sealer, pino({ level: 'silent' }));
    ends.push(() => producer.close());
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
    ends.push(slack.stop);
    const bot = await startBotProcess({
      slack,
      redisUrl: server.url,
      clusters: `clusters:
  ${cluster}: { address: '${stage.west.address}', token: { env: CONSUL_TOKEN } }
access:
  - { allow: [subscribe, unsubscribe, subscriptions], users: [${requester.id}] }
`,
      env: { CONSUL_TOKEN: stage.west.token },
    });
    ends.push(() => bot.end('SIGKILL'));
  }, 120_000);
  afterAll(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const watched = async (is: (watch: Watch) => boolean): Promise<Watch> =>
    waitFor(
      'the poll to end',
      async () => {
        const { watch } = await createWatches(redis, sealer).read({ cluster, channel });
        return watch !== undefined && watch.pending.length === 0 && is(watch) ? watch : undefined;
      },
      // Schedules are looked after every 20 s.
      { timeoutMs: 45_000 },
    );
  /** One poll, now: the next by schedule is a day away. */
  const poll = async (): Promise<void> => {
    const planned = Date.now();
    await producer.enqueue(pollSubscription, { cluster, channel, planned }, { id: randomUUID() }, 1500);
    await watched((watch) => watch.planned >= planned);
  };
  const upstreamIs = (status: 'pass' | 'fail'): Promise<unknown> =>
    waitFor(`the upstream to ${status}`, async () => {
      const report = await stage.check('west');
      return resultOf(report, 'upstream-destination-peer').status === status || undefined;
    });
  const shatter = async (): Promise<void> => {
    await stage.callFromWest({ DestinationName: 'api', LocalBindPort: 9191 });
    await upstreamIs('fail');
  };
  const fixIt = async (): Promise<void> => {
    await stage.callFromWest(toApi);
    await upstreamIs('pass');
  };
  const cards = () => slack.messages(channel).filter(({ fromBot, threadTs }) => fromBot && !threadTs);
  const broadcasts = () => slack.messages(channel).filter(({ threadTs }) => threadTs !== undefined);
  const replies = () => slack.thread(cards()[0]?.ts ?? '');
  const words = (message: { readonly blocks: unknown } | undefined): string =>
    JSON.stringify(message?.blocks);

  it('gets a card by the command, and a schedule', async () => {
    await slack.typeCommand(requester.id, channel, `/peering subscribe ${cluster} every 24h`);
    await slack.until(() => cards().length === 1, 'the card');
    // By the command, and by the schedule that was made from it.
    await watched(({ tracked: { poll: polls } }) => polls >= 2);
    expect(replies()).toEqual([]);
  });

  it('is posted as broken once, and as fixed once, and the card shows the history', async () => {
    await shatter();
    await poll();
    expect(broadcasts()).toEqual([]);
    await poll();
    await poll();
    expect([broadcasts().length, replies().length]).toEqual([1, 1]);
    expect(words(cards()[0])).toContain('upstream-destination-peer');
    await fixIt();
    for (let at = 0; at < 3; at += 1) await poll();
    expect([broadcasts().length, replies().length]).toEqual([2, 2]);
    const [card, ...others] = cards();
    expect(others).toEqual([]);
    expect(words(card)).toContain('1 new');
    expect(words(card)).toContain('1 resolved');
  });

  it('gives no broadcast of a flap', async () => {
    for (let at = 0; at < 2; at += 1) {
      await shatter();
      await poll();
      await fixIt();
      await poll();
    }
    await poll();
    expect(broadcasts()).toHaveLength(2);
  });

  it('is watched no longer once somebody says so', async () => {
    await slack.click(requester.id, cards()[0]?.ts ?? '', 'subscription:end');
    await slack.until(() => words(cards()[0]).includes('has ended'), 'the end of the card');
  });
});
