import { Queue } from 'bullmq';
import { pino } from 'pino';
import type { ReceiverConfig } from '../../../src/config/config';
import { createAnnouncements, createReceiverLimits, deliverEvent } from '../../../src/features/events';
import { createProducer, type Producer } from '../../../src/queue/producer';
import { type RunningWorker, startWorker } from '../../../src/queue/worker';
import { queuePrefix } from '../../../src/redis/keys';
import type { RedisClient } from '../../../src/redis/redis';
import { describeWith } from '../../lab/binaries';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { connectTestRedis } from '../../redis-client';
import { sealer } from '../../sealer';
import { configOf } from '../../slack/support';
import { type Receiver, startReceiver } from './receivers';

jest.setTimeout(60_000);

const log = pino({ level: 'silent' });
const [silentName, otherName] = ['silent', 'other'];

describeWith(['redis'], 'a receiver that takes requests and never answers', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let producer: Producer;
  let queue: Queue;
  let silent: Receiver;
  let other: Receiver;
  const ends: (() => unknown)[] = [];
  const connect = async (use: 'asking' | 'working'): Promise<RedisClient> => {
    const connection = connectTestRedis(server.url, use);
    ends.push(() => connection.disconnect());
    await waitFor('redis', () => connection.status === 'ready');
    return connection;
  };
  beforeEach(async () => {
    server = await startRedis();
    ends.push(server.stop);
    redis = await connect('asking');
    producer = createProducer(redis, sealer, log);
    ends.push(() => producer.close());
    queue = new Queue('digests', { connection: await connect('asking'), prefix: queuePrefix });
    ends.push(() => queue.close());
    [silent, other] = await Promise.all([startReceiver(), startReceiver()]);
    ends.push(silent.stop, other.stop);
    silent.answer('never');
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const work = async (): Promise<{ readonly worker: RunningWorker; readonly ended: readonly string[] }> => {
    const receiver = (name: string, { url }: Receiver): ReceiverConfig => ({
      kind: 'webhook',
      name,
      url,
      secret: { env: 'SECRET' },
      severity: 'warning',
    });
    const ended: string[] = [];
    const services = {
      config: {
        ...configOf(),
        receivers: [receiver(silentName, silent), receiver(otherName, other)],
      },
      announcements: createAnnouncements(redis, sealer),
      receiverLimits: createReceiverLimits(),
      environment: { SECRET: 'whsec-7d1f0c7e' },
      sendOut: fetch,
    };
    const worker = startWorker({
      queue: 'digests',
      jobs: [deliverEvent],
      sealer,
      services: () => services,
      connection: await connect('working'),
      concurrency: 5,
      log,
      onEnd: ({ outcome }) => ended.push(outcome),
    });
    ends.push(() => worker.close(0));
    return { worker, ended };
  };

  const queueEvent = async (name: string, issue: string): Promise<void> => {
    const event = {
      schemaVersion: 1,
      id: `${issue}-1`,
      type: 'added',
      at: new Date().toISOString(),
      issue,
      sequence: 1,
      cluster: 'prod-east',
      check: 'mesh-enabled',
      subject: { kind: 'cluster', name: issue },
      severity: 'error',
      flapping: false,
      message: 'broken',
    } as const;
    const payload = { receiver: { kind: 'webhook', name }, event } as const;
    await producer.enqueue(deliverEvent, payload, { id: `event-webhook-${name}-${event.id}` }, 1500);
  };

  it('holds up no events to others, however many wait for it', async () => {
    for (let at = 0; at < 12; at += 1) await queueEvent(silentName, `issue-${at}`);
    for (let at = 0; at < 3; at += 1) await queueEvent(otherName, `issue-${at}`);
    const { ended } = await work();
    await waitFor('the events to the other', () => other.received.length === 3);
    // None of them has waited until a request to the silent one was given up.
    expect(silent.received).toHaveLength(3);
    expect(ended.filter((outcome) => outcome === 'retry')).toEqual([]);
  });

  it('gets an event again after the limit of its answer', async () => {
    await queueEvent(silentName, 'issue');
    const { ended } = await work();
    await waitFor('the end of the first attempt', () => ended.includes('retry'), { timeoutMs: 30_000 });
    silent.answer(202);
    await waitFor('the next attempt', () => ended.includes('delivered'), { timeoutMs: 30_000 });
    expect(silent.received.map(({ headers }) => headers['x-peering-event-id'])).toEqual([
      'issue-1',
      'issue-1',
    ]);
  });

  it('is asked by one event at a time once it has not answered, and by several when it does', async () => {
    const { ended } = await work();
    await queueEvent(silentName, 'first');
    await waitFor('the first to be given up', () => ended.includes('retry'), { timeoutMs: 30_000 });
    for (let at = 0; at < 6; at += 1) await queueEvent(silentName, `issue-${at}`);
    await waitFor('five to be put off', () => ended.filter((outcome) => outcome === 'retry').length >= 6);
    expect(silent.received).toHaveLength(2);
    silent.answer(202);
    await waitFor('all events', () => ended.filter((outcome) => outcome === 'delivered').length === 7, {
      timeoutMs: 50_000,
    });
  });

  it('does not hold up the end of the process, and the event stays in the queue', async () => {
    await queueEvent(silentName, 'issue');
    const { worker, ended } = await work();
    await waitFor('the request', () => silent.received.length === 1);
    await worker.close(0);
    expect(ended).toEqual(['handed-back']);
    expect(await queue.getWaitingCount()).toBe(1);
  });
});
