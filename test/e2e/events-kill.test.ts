import { pino } from 'pino';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { deliverEvent } from '../../src/features/events';
import { createProducer, type Producer } from '../../src/queue/producer';
import { connectTestRedis } from '../redis-client';
import { type Receiver, startReceiver } from '../features/events/receivers';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { sealer } from '../sealer';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

const secret = 'whsec-7d1f0c7e';

describeWith(['redis'], 'a worker that is killed while it sends an event', () => {
  let redis: RedisServer;
  let slack: Workspace;
  let receiver: Receiver;
  let producer: Producer;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true });
    ends.push(redis.stop);
    slack = await startWorkspace({ manifest });
    ends.push(slack.stop);
    receiver = await startReceiver();
    ends.push(receiver.stop);
    const connection = connectTestRedis(redis.url, 'asking');
    ends.push(() => connection.disconnect());
    await waitFor('redis', () => connection.status === 'ready');
    producer = createProducer(connection, sealer, pino({ level: 'silent' }));
    ends.push(() => producer.close());
  });
  afterAll(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const startWorker = async (): Promise<BotProcess> => {
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      args: ['--role', 'worker', '--queues', 'digests'],
      clusters: `
clusters: { prod: { address: 'http://127.0.0.1:1' } }
webhooks: { ops: { url: '${receiver.url}/in-the-path', secret: { env: WEBHOOK_SECRET } } }
`,
      env: { WEBHOOK_SECRET: secret },
    });
    ends.push(() => bot.end('SIGKILL'));
    return bot;
  };
  const queueEvent = (sequence: number) => {
    const id = `issue-${sequence}`;
    const event = {
      schemaVersion: 1,
      id,
      type: 'added',
      at: new Date().toISOString(),
      issue: 'issue',
      sequence,
      cluster: 'prod',
      check: 'mesh-enabled',
      subject: { kind: 'cluster', name: 'prod' },
      severity: 'error',
      flapping: false,
      message: 'broken',
    } as const;
    const payload = { receiver: { kind: 'webhook', name: 'ops' }, event } as const;
    return producer.enqueue(deliverEvent, payload, { id: `event-webhook-ops-${id}` }, 1500);
  };
  const ids = () => receiver.received.map(({ headers }) => headers['x-peering-event-id']);

  it('is followed by one that sends the same event, until it is accepted, and no more', async () => {
    receiver.answer('never');
    const first = await startWorker();
    await queueEvent(1);
    await waitFor('the event', () => ids().length === 1);
    await first.end('SIGKILL');
    receiver.answer(500);
    const second = await startWorker();
    await waitFor('the event again', () => ids().length === 2, { timeoutMs: 60_000 });
    receiver.answer(202);
    await waitFor('the event after an error', () => ids().length === 3, { timeoutMs: 60_000 });
    await waitFor('its end', () => second.output().includes('"as":"delivered"'));
    // The id is known: nothing is queued, and nothing is sent.
    await queueEvent(1);
    await queueEvent(2);
    await waitFor('the next event', () => ids().includes('issue-2'));
    expect(ids()).toEqual(['issue-1', 'issue-1', 'issue-1', 'issue-2']);
    for (const output of [first.output(), second.output()]) {
      expect(output).not.toContain(secret);
      expect(output).not.toContain('in-the-path');
    }
  });
});
