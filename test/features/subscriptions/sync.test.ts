import { Queue } from 'bullmq';
import { pino } from 'pino';
import { createProducer } from '../../../src/queue/producer';
import { pollSubscription } from '../../../src/features/subscriptions/poll-subscription';
import {
  type DueServices,
  pollRequest,
  subscriptionDue,
} from '../../../src/features/subscriptions/subscription-due';
import { startSubscriptionSync } from '../../../src/features/subscriptions/sync';
import { queuePrefix } from '../../../src/redis/keys';
import type { RedisClient } from '../../../src/redis/redis';
import {
  createSubscriptions,
  type Subscription,
  type Subscriptions,
} from '../../../src/features/subscriptions/subscriptions.store';
import { describeWith } from '../../lab/binaries';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { openRedis } from '../digests/stage';
import { payloadOf, sealer } from '../../sealer';

const log = pino({ level: 'silent' });
const definition = {
  channel: 'C1',
  team: 'T1',
  owner: 'U1',
  severity: 'warning',
  check: null,
  peer: null,
  everyMs: 300_000,
  broadcast: true,
} as const;

describeWith(['redis'], 'the schedules of subscriptions', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let queue: Queue;
  let definitions: Subscriptions;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    server = await startRedis();
    redis = openRedis(server.url);
    queue = new Queue('digests', { connection: redis, prefix: queuePrefix });
    definitions = createSubscriptions(redis, sealer);
  });
  beforeEach(() => redis.flushall());
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  afterAll(async () => {
    await queue.close();
    redis.disconnect();
    await server.stop();
  });
  const add = async (cluster: string): Promise<Subscription> =>
    (await definitions.put({ ...definition, cluster }, Date.now())).stored;
  const sync = (): void => {
    stops.push(startSubscriptionSync({ redis, sealer, definitions, log, everyMs: 50 }).stop);
  };
  const are = (...ids: readonly string[]): Promise<unknown> =>
    waitFor('the schedules', async () => {
      const keys = (await queue.getJobSchedulers()).map(({ key }) => key).sort();
      return keys.join() === ids.join() || undefined;
    });

  it('follow the stored subscriptions, in several processes', async () => {
    await add('prod-east');
    sync();
    sync();
    await are('watch/C1/prod-east');
    const west = await add('prod-west');
    await are('watch/C1/prod-east', 'watch/C1/prod-west');
    await definitions.pause(west, 'channel', Date.now());
    await are('watch/C1/prod-east');
    await add('prod-west');
    await definitions.remove({ cluster: 'prod-east', channel: 'C1' });
    await are('watch/C1/prod-west');
  });

  it('of a selector have an id without a colon, and queue the poll of the selector', async () => {
    await add('label:team=a%3Ab');
    await add('owner:platform');
    sync();
    await are('watch/C1/label%3Ateam=a%253Ab', 'watch/C1/owner%3Aplatform');
    const producer = createProducer(redis, sealer, log);
    const key = { channel: 'C1', cluster: 'owner:platform' };
    const queued = await producer.enqueue(
      pollSubscription,
      { ...key, planned: 1 },
      pollRequest(key, 1),
      5000,
    );
    await producer.close();
    expect(queued.kind).toBe('queued');
  });

  it('are back where the queue was lost', async () => {
    await add('prod-east');
    sync();
    await are('watch/C1/prod-east');
    const lost = await redis.keys(`${queuePrefix}:*`);
    await redis.del(...lost);
    await are('watch/C1/prod-east');
  });

  it('queue one plain job a run, also after a repeat', async () => {
    const producer = createProducer(redis, sealer, log);
    stops.push(() => producer.close());
    const enqueue: DueServices['queue'] = (job, payload, request) =>
      producer.enqueue(job, payload, request, 1500);
    const run = { since: 0, attempt: 1, attempts: 1, signal: new AbortController().signal, log };
    const due = (id: string) =>
      subscriptionDue.handle({
        ...run,
        id,
        payload: { cluster: 'prod-east', channel: 'C1' },
        queue: enqueue,
      });
    await due('repeat:watch/C1/prod-east:1790000000000');
    await due('repeat:watch/C1/prod-east:1790000000000');
    await due('repeat:watch/C1/prod-east:1790000300000');
    const jobs = await queue.getJobs(['waiting', 'delayed']);
    expect(jobs.map((job) => [job.name, payloadOf('digests', job)['planned']])).toEqual([
      ['poll-subscription', 1_790_000_000_000],
    ]);
  });

  it('of two who change a subscription at once, none is lost and one counts', async () => {
    const read = await add('prod-east');
    const stored = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        definitions.put({ ...definition, cluster: 'prod-east', peer: `p${at}` }, Date.now() + at),
      ),
    );
    const versions = stored.map((one) => one.stored.version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 10 }, (_, at) => at + 2));
    expect(stored.every((one) => one.stored.createdMs === read.createdMs)).toBe(true);
    expect(await definitions.pause(read, 'owner', 0)).toBe(false);
    expect((await definitions.all()).length).toBe(1);
  });
});
