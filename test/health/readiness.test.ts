import { Queue } from 'bullmq';
import { z } from 'zod';
import { defineJob } from '../../src/queue/define';
import { createProducer } from '../../src/queue/producer';
import { startWorker } from '../../src/queue/worker';
import { queuePrefix } from '../../src/redis/keys';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { connect, log, type Served, serve } from './support';
import { sealer } from '../sealer';

const probe = defineJob({
  name: 'probe',
  queue: 'checks',
  payload: z.object({}),
  options: { attempts: 1, backoffMs: 10 },
  handle: async () => ({ kind: 'done', as: 'fine' }),
  abandon: async () => undefined,
});

describeWith(['redis'], 'health over HTTP', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let health: Served;
  let slackConnected: boolean | undefined;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    slackConnected = undefined;
    server = await startRedis();
    ends.push(server.stop);
    redis = await connect(server.url);
    ends.push(() => redis.disconnect());
    health = await serve(redis, { slackConnected: () => slackConnected });
    ends.push(health.stop);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const enqueue = async (): Promise<void> => {
    const producer = createProducer(redis, sealer, log);
    expect(await producer.enqueue(probe, {}, { id: 'r-1' }, 5000)).toEqual({ kind: 'queued' });
    await producer.close();
  };
  const work = async (): Promise<() => Promise<void>> => {
    const connection = await connect(server.url, 'working');
    const worker = startWorker({
      queue: 'checks',
      jobs: [probe],
      sealer,
      services: () => ({}),
      connection,
      concurrency: 1,
      log,
      onEnd: health.monitor.jobEnded,
    });
    const end = async (): Promise<void> => {
      await worker.close(1000);
      connection.disconnect();
    };
    ends.push(end);
    return end;
  };

  it('is ready where all is well, and knows no other paths or methods', async () => {
    expect((await health.get('/livez')).status).toBe(200);
    expect(await health.ready()).toEqual({ status: 200, what: [] });
    expect((await health.get('/')).status).toBe(404);
    expect((await health.get('/constructor')).status).toBe(404);
    expect((await health.get('/metrics?x=1')).status).toBe(200);
    expect((await health.get('/livez', 'POST')).status).toBe(405);
    expect(await health.metric('peering_bot_redis_up')).toBe(1);
  });

  it('lives, but is not ready, while Redis is away', async () => {
    await server.kill();
    await waitFor('the loss', async () => (await health.ready()).status === 503);
    expect((await health.ready()).what).toEqual(['redis']);
    expect((await health.get('/livez')).status).toBe(200);
    expect(await health.metric('peering_bot_redis_up')).toBe(0);
    // Data from before the outage is not shown as current.
    expect(await health.metric('peering_bot_queue_stuck{queue="checks"}')).toBeUndefined();
    await server.restart();
    await waitFor('the return', async () => (await health.ready()).status === 200);
  });

  it('is not ready without a connection to Slack, where there should be one', async () => {
    slackConnected = false;
    expect(await health.ready()).toEqual({ status: 503, what: ['slack'] });
    slackConnected = true;
    expect((await health.ready()).status).toBe(200);
    expect(await health.metric('peering_bot_slack_connected')).toBe(1);
  });

  it('tells of jobs that wait while no worker is there to take them', async () => {
    await enqueue();
    expect(await health.ready()).toEqual({ status: 503, what: ['workers'] });
    expect((await health.get('/readyz')).body).toContain('checks');
    expect(await health.metric('peering_bot_queue_stuck{queue="checks"}')).toBe(1);
    expect(await health.metric('peering_bot_queue_stuck{queue="digests"}')).toBe(0);
    expect(await health.metric('peering_bot_queue_workers{queue="checks"}')).toBe(0);
    expect(await health.metric('peering_bot_queue_jobs{queue="checks",state="waiting"}')).toBe(1);
    await waitFor('its age', () => health.metric('peering_bot_queue_oldest_waiting_seconds{queue="checks"}'));

    const end = await work();
    await waitFor('the worker', async () => (await health.ready()).status === 200);
    const done = 'peering_bot_job_duration_seconds_count{name="other",outcome="fine"}';
    await waitFor('the job', async () => (await health.metric(done)) === 1);
    expect(await health.metric('peering_bot_queue_workers{queue="checks"}')).toBe(1);
    expect(await health.metric('peering_bot_queue_stuck{queue="checks"}')).toBe(0);
    expect(await health.metric('peering_bot_queue_oldest_waiting_seconds{queue="checks"}')).toBe(0);

    await end();
    await waitFor(
      'no worker',
      async () => (await health.metric('peering_bot_queue_workers{queue="checks"}')) === 0,
    );
    expect((await health.ready()).status).toBe(200);
  });

  it('counts a delayed job as waiting once its time is well past', async () => {
    const queue = new Queue('tokens', { connection: redis, prefix: queuePrefix });
    await queue.add('later', {}, { delay: 60_000 });
    expect((await health.ready()).status).toBe(200);
    await queue.add('late', {}, { delay: 1000, timestamp: Date.now() - 60_000 });
    expect(await health.ready()).toEqual({ status: 503, what: ['workers'] });
    await queue.close();
  });

  it('says in one line that its port is in use', async () => {
    const port = (redis as { options?: { port?: number } }).options?.port ?? 0;
    const taken = await health.monitor.serve({
      host: '127.0.0.1',
      port,
      redis,
      latest: async () => new Map(),
      slackConnected: () => undefined,
    });
    expect(taken).toEqual({ ok: false, error: expect.stringMatching(/^port \d+ is in use.*HEALTH_PORT/) });
  });
});
