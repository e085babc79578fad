import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { z } from 'zod';
import { defineJob, type Job, type JobRun, type JobOutcome } from '../../src/queue/define';
import { createProducer, type Enqueued, type Producer } from '../../src/queue/producer';
import { sealPayload } from '../../src/queue/seal-payload';
import { type RunningWorker, startWorker } from '../../src/queue/worker';
import { type RedisUse } from '../../src/redis/connect';
import { queuePrefix } from '../../src/redis/keys';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { sleep, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { sealer } from '../sealer';
import { connectTestRedis } from '../redis-client';

const log = pino({ level: 'silent' });

describeWith(['redis'], 'the queue', () => {
  let server: RedisServer;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    server = await startRedis({ appendOnly: true });
    ends.push(server.stop);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const connect = async (use: RedisUse, url = server.url): Promise<RedisClient> => {
    const redis = connectTestRedis(url, use);
    redis.on('error', () => undefined);
    ends.push(() => redis.disconnect());
    await waitFor('redis', () => redis.status === 'ready');
    return redis;
  };
  const produce = async (url?: string): Promise<Producer> => {
    const producer = createProducer(await connect('asking', url), sealer, log);
    ends.push(() => producer.close().catch(() => undefined));
    return producer;
  };

  /** A job with a configurable outcome, and a record of its runs. */
  const probe = (
    handle: (run: JobRun) => Promise<JobOutcome> | JobOutcome = () => ({ kind: 'done', as: 'fine' }),
  ) => {
    const runs: JobRun[] = [];
    const abandoned: string[] = [];
    const expired: unknown[] = [];
    const job = defineJob<{ n: number }>({
      name: 'probe',
      queue: 'checks',
      payload: z.object({ n: z.number() }),
      options: { attempts: 3, backoffMs: 10 },
      handle: async (run) => {
        runs.push(run);
        return handle(run);
      },
      abandon: async (run) => {
        abandoned.push(run.id);
        expired.push(run.expired);
      },
    });
    return { job, runs, abandoned, expired };
  };
  const work = async (
    job: Job<{ n: number }>,
    outcomes: string[] = [],
    url?: string,
  ): Promise<RunningWorker> => {
    const worker = startWorker({
      queue: 'checks',
      jobs: [job],
      sealer,
      services: () => ({}),
      connection: await connect('working', url),
      concurrency: 5,
      log,
      onEnd: ({ outcome }) => outcomes.push(outcome),
    });
    ends.push(() => worker.close(0));
    return worker;
  };
  const enqueue = (
    producer: Producer,
    job: Job<{ n: number }>,
    key?: string,
    withinMs = 1500,
  ): Promise<Enqueued> =>
    producer.enqueue(job, { n: 1 }, { id: randomUUID(), ...(key === undefined ? {} : { key }) }, withinMs);

  it('runs a job once, and tells how it ended', async () => {
    const { job, runs } = probe();
    const outcomes: string[] = [];
    await work(job, outcomes);
    expect(await enqueue(await produce(), job)).toEqual({ kind: 'queued' });
    await waitFor('the end', () => outcomes.length);
    expect(outcomes).toEqual(['fine']);
    expect(runs.map(({ attempt, attempts }) => [attempt, attempts])).toEqual([[1, 3]]);
  });

  it('tells how many workers take jobs, but not where Redis does not say', async () => {
    const producer = await produce();
    const count = (): Promise<number | undefined> => producer.workers('checks', 1500);
    expect(await count()).toBe(0);
    await work(probe().job);
    await waitFor('the worker to be seen', async () => (await count()) === 1);
    expect(await producer.workers('tokens', 1500)).toBe(0);
    const redis = await connect('asking');
    await redis.call('ACL', 'SETUSER', 'default', '-client|list');
    expect(await count()).toBeUndefined();
  });

  it('lets a second request with the same key join the first until that has ended', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { job, runs } = probe(async () => {
      await held;
      return { kind: 'done', as: 'fine' };
    });
    const outcomes: string[] = [];
    await work(job, outcomes);
    const [one, two] = [await produce(), await produce()];
    const first = randomUUID();
    expect(await one.enqueue(job, { n: 1 }, { id: first, key: 'a' }, 1500)).toEqual({ kind: 'queued' });
    expect(await enqueue(two, job, 'a')).toEqual({ kind: 'joined', id: first });
    expect(await enqueue(two, job, 'b')).toEqual({ kind: 'queued' });
    release();
    await waitFor('both ends', () => outcomes.length === 2);
    expect(await enqueue(two, job, 'a')).toEqual({ kind: 'queued' });
    await waitFor('the third', () => outcomes.length === 3);
    expect(runs).toHaveLength(3);
  });

  it('still joins while the first waits for its next attempt', async () => {
    const { job } = probe(({ attempt }) =>
      attempt === 1 ? { kind: 'delay', afterMs: 800 } : { kind: 'done', as: 'fine' },
    );
    const outcomes: string[] = [];
    await work(job, outcomes);
    const producer = await produce();
    await enqueue(producer, job, 'a');
    await waitFor('its pause', () => outcomes.length === 1);
    expect((await enqueue(producer, job, 'a')).kind).toBe('joined');
  });

  it('tries again what can pass, three times in all', async () => {
    const { job, runs, abandoned } = probe(() => ({ kind: 'retry', reason: 'not yet' }));
    await work(job);
    await enqueue(await produce(), job);
    await waitFor('three attempts', () => runs.length === 3);
    await sleep(300);
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    // The handler knows its last attempt and has said what there was to say.
    expect(abandoned).toEqual([]);
  });

  it('takes jobs again though the connection was lost in the moment that the queue was opened', async () => {
    const { job } = probe();
    const redis = await connect('asking');
    const producer = createProducer(redis, sealer, log);
    ends.push(() => producer.close().catch(() => undefined));
    await server.kill();
    expect((await enqueue(producer, job)).kind).not.toBe('queued');
    await server.restart();
    await waitFor('its return', () => redis.status === 'ready');
    await waitFor('the queue', async () => (await enqueue(producer, job)).kind === 'queued');
  });

  it('does not count waiting for a turn as an attempt', async () => {
    let waits = 0;
    const { job, runs } = probe(() =>
      waits++ < 5 ? { kind: 'delay', afterMs: 5 } : { kind: 'done', as: 'fine' },
    );
    const outcomes: string[] = [];
    await work(job, outcomes);
    await enqueue(await produce(), job);
    await waitFor('the end', () => outcomes.includes('fine'));
    expect(new Set(runs.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });

  const hour = 3_600_000;
  const addOld = async (job: Job<{ n: number }>, ageMs: number): Promise<void> => {
    const queue = new Queue('checks', { connection: await connect('asking'), prefix: queuePrefix });
    const old = { at: Date.now() - ageMs, payload: { n: 1 } };
    const address = { queue: 'checks', name: job.name, id: 'old' } as const;
    await queue.add(job.name, sealPayload(sealer, address, old), { jobId: 'old' });
  };

  it.each([
    ['services', 1, {}],
    ['cluster', 23, { waitsFor: 'cluster' }],
  ] as const)('does not wait for %s for ever', async (waitedFor, hours, more) => {
    const { job, runs, expired } = probe(() => ({ kind: 'delay', afterMs: 5, ...more }));
    await addOld(job, hours * hour);
    const outcomes: string[] = [];
    await work(job, outcomes);
    await waitFor('the end', () => outcomes.length);
    await sleep(100);
    expect(outcomes).toEqual(['expired']);
    expect(expired).toEqual([waitedFor]);
    expect(runs).toHaveLength(1);
  });

  it('goes on waiting for other jobs of a cluster, though it is hours old', async () => {
    let waits = 0;
    const { job, abandoned } = probe(() =>
      waits++ < 2 ? { kind: 'delay', afterMs: 5, waitsFor: 'cluster' } : { kind: 'done', as: 'fine' },
    );
    await addOld(job, 20 * hour);
    const outcomes: string[] = [];
    await work(job, outcomes);
    await waitFor('the end', () => outcomes.includes('fine'));
    expect(outcomes).toEqual(['delay', 'delay', 'fine']);
    expect(abandoned).toEqual([]);
  });

  it('leaves a job that it does not understand to a worker of another version', async () => {
    const { job, runs } = probe();
    const outcomes: string[] = [];
    await work(job, outcomes);
    const newer = { ...job, payload: z.any() };
    const producer = await produce();
    await producer.enqueue(newer, { n: 'one' }, { id: 'x' }, 1500);
    await producer.enqueue({ ...newer, name: 'unheard-of' }, { n: 1 }, { id: 'y' }, 1500);
    await waitFor('both to be left', () => outcomes.length === 2);
    expect(outcomes).toEqual(['delay', 'delay']);
    expect(runs).toEqual([]);
    await work(newer);
    await waitFor('the run', () => runs.length);
    expect(runs.map(({ id }) => id)).toEqual(['x']);
  });

  it('fails a job that no version has understood for an hour', async () => {
    const { job, runs } = probe();
    const outcomes: string[] = [];
    const producer = await produce();
    const then = Date.now();
    jest.spyOn(Date, 'now').mockImplementationOnce(() => then - 3_700_000);
    await producer.enqueue({ ...job, payload: z.any() }, { n: 'one' }, { id: 'x' }, 1500);
    jest.restoreAllMocks();
    await work(job, outcomes);
    await waitFor('the end', () => outcomes.length);
    expect(outcomes).toEqual(['failed']);
    expect(runs).toEqual([]);
  });

  it('gives up after throwing three times, telling so once', async () => {
    const { job, runs, abandoned } = probe(() => {
      throw new Error('bug');
    });
    const outcomes: string[] = [];
    await work(job, outcomes);
    await enqueue(await produce(), job);
    await waitFor('the end', () => outcomes.includes('failed'));
    expect(runs).toHaveLength(3);
    expect(abandoned).toEqual([runs[0]?.id]);
  });

  it('does not count as attempts that Redis did not answer', async () => {
    let runs = 0;
    const { job, abandoned } = probe(async () => {
      runs += 1;
      if (runs > 4) return { kind: 'done', as: 'fine' };
      throw new Error('Command timed out');
    });
    const outcomes: string[] = [];
    await work(job, outcomes);
    await enqueue(await produce(), job);
    await waitFor('the end', () => outcomes.includes('fine'));
    expect(outcomes).toEqual(['delay', 'delay', 'delay', 'delay', 'fine']);
    expect(abandoned).toEqual([]);
  });

  it('gives up a job over which workers died again and again, without running it', async () => {
    const { job, runs, abandoned } = probe();
    await (await produce()).enqueue(job, { n: 1 }, { id: 'poison' }, 1500);
    await (await connect('asking')).hset('{peering}:checks:poison', 'stc', '20');
    await work(job);
    await waitFor('the end', () => abandoned.length);
    expect(abandoned).toEqual(['poison']);
    expect(runs).toEqual([]);
  });

  it('runs a job again over which a few workers died: interruptions are no failures', async () => {
    const held: unknown[] = [];
    const { job, abandoned } = probe(async ({ isHeld }) => {
      held.push(await isHeld?.());
      return { kind: 'done', as: 'fine' };
    });
    await (await produce()).enqueue(job, { n: 1 }, { id: 'unlucky' }, 1500);
    await (await connect('asking')).hset('{peering}:checks:unlucky', 'stc', '5');
    await work(job);
    await waitFor('the run', () => held.length);
    expect(held).toEqual([true]);
    expect(abandoned).toEqual([]);
  });

  it('tells a run that another worker took its job over', async () => {
    const answers: unknown[] = [];
    const redis = await connect('asking');
    const { job } = probe(async ({ id, isHeld }) => {
      await redis.set(`{peering}:checks:${id}:lock`, 'of another worker');
      answers.push(await isHeld?.());
      return { kind: 'done', as: 'fine' };
    });
    await work(job);
    await (await produce()).enqueue(job, { n: 1 }, { id: 'taken' }, 1500);
    await waitFor('the answer', () => answers.length);
    expect(answers).toEqual([false]);
  });

  it('asks again who holds a job, if the answer waited: this process may have been stopped', async () => {
    const answers: unknown[] = [];
    const redis = await connect('asking');
    const connection = await connect('working');
    const { job } = probe(async ({ id, isHeld }) => {
      const get = (key: string): Promise<string | null> => connection.getex(key);
      jest.spyOn(connection, 'get').mockImplementationOnce((async (key: string) => {
        const answer = await get(key);
        // Stopped here, for so long that another worker took the job over.
        await redis.set(`{peering}:checks:${id}:lock`, 'of another worker');
        const nowMs = Date.now() + 20_000;
        jest.spyOn(Date, 'now').mockImplementationOnce(() => nowMs);
        return answer;
      }) as never);
      answers.push(await isHeld?.());
      return { kind: 'done', as: 'fine' };
    });
    const worker = startWorker({
      queue: 'checks',
      jobs: [job],
      sealer,
      services: () => ({}),
      connection,
      concurrency: 1,
      log,
    });
    ends.push(() => worker.close(0));
    await (await produce()).enqueue(job, { n: 1 }, { id: 'stopped' }, 1500);
    await waitFor('the answer', () => answers.length);
    jest.restoreAllMocks();
    expect(answers).toEqual([false]);
  });

  describe('at shutdown', () => {
    it('lets a running job finish', async () => {
      const { job, runs } = probe(async () => {
        await sleep(300);
        return { kind: 'done', as: 'fine' };
      });
      const outcomes: string[] = [];
      const worker = await work(job, outcomes);
      await enqueue(await produce(), job);
      await waitFor('its start', () => runs.length);
      await worker.close(5000);
      expect(outcomes).toEqual(['fine']);
    });

    it('hands back what does not, and another worker runs it at once as the same attempt', async () => {
      const { job, runs } = probe(async ({ signal }) => {
        if (runs.length > 1) return { kind: 'done', as: 'fine' };
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { kind: 'retry', reason: 'aborted' };
      });
      const outcomes: string[] = [];
      const worker = await work(job, outcomes);
      await enqueue(await produce(), job);
      await waitFor('its start', () => runs.length);
      await worker.close(100);
      await work(job, outcomes);
      await waitFor('the end', () => outcomes.length === 2);
      expect(outcomes).toEqual(['handed-back', 'fine']);
      expect(runs.map(({ attempt }) => attempt)).toEqual([1, 1]);
      expect(runs[0]?.id).toBe(runs[1]?.id);
    });

    it('takes no new jobs', async () => {
      const { job, runs } = probe();
      const worker = await work(job);
      await worker.close(100);
      await enqueue(await produce(), job);
      await sleep(300);
      expect(runs).toEqual([]);
    });
  });

  it('forgets finished jobs by age and count', async () => {
    const { job } = probe();
    const redis = await connect('asking');
    await (await produce()).enqueue(job, { n: 1 }, { id: 'x' }, 1500);
    const options = JSON.parse((await redis.hget('{peering}:checks:x', 'opts')) ?? '{}') as object;
    expect(options).toMatchObject({
      removeOnComplete: { age: expect.any(Number), count: expect.any(Number) },
      removeOnFail: { age: expect.any(Number), count: expect.any(Number) },
    });
  });

  describe('when Redis is away', () => {
    it('says that it cannot queue while it is away, and is back after its return', async () => {
      const { job, runs } = probe();
      await work(job);
      const connection = await connect('asking');
      const producer = createProducer(connection, sealer, log);
      ends.push(() => producer.close().catch(() => undefined));
      await enqueue(producer, job);
      await waitFor('the first', () => runs.length === 1);
      await server.kill();
      // A command sent before the end of the connection is noticed may have been carried out: `unsure`.
      await waitFor('the end of the connection', () => connection.status !== 'ready');
      expect(await enqueue(producer, job)).toEqual({ kind: 'failed' });
      // Long enough for the pauses between attempts to connect to have grown to their longest.
      await sleep(4000);
      await server.restart();
      await waitFor(
        'a job to be queued',
        async () => (await enqueue(producer, job, undefined, 200)).kind === 'queued',
      );
      await waitFor('it to run', () => runs.length === 2);
    });

    it('says that it is not sure where Redis hangs, and tells later that it was queued', async () => {
      const { job, runs } = probe();
      const producer = await produce();
      const admin = await connect('working');
      await admin.call('CLIENT', 'PAUSE', '5000', 'ALL');
      const queued = await enqueue(producer, job);
      if (queued.kind !== 'unsure') throw new Error(queued.kind);
      expect(await queued.known).toBe('queued');
      await work(job);
      await waitFor('the run', () => runs.length);
    });

    it.each([0, 20])(
      'tells later that nothing was queued, though Redis was away for %d h',
      async (hours) => {
        const { job, runs } = probe();
        const producer = await produce();
        const admin = await connect('working');
        await admin.call('CLIENT', 'PAUSE', '5000', 'ALL');
        const queued = await enqueue(producer, job);
        await server.kill();
        const then = Date.now() + hours * hour;
        jest.spyOn(Date, 'now').mockImplementation(() => then);
        // It looks every 2 s.
        await sleep(2500);
        jest.restoreAllMocks();
        await server.restart();
        if (queued.kind !== 'unsure') throw new Error(queued.kind);
        expect(await queued.known).toBe('failed');
        expect(runs).toEqual([]);
      },
      30_000,
    );
  });

  it('works on a Redis Cluster', async () => {
    const node = await startRedis({
      settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' },
    });
    ends.push(node.stop);
    const admin = await connect('working', node.url);
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitFor('it', async () => String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    const url = `redis-cluster://127.0.0.1:${node.port}`;
    const { job } = probe();
    const outcomes: string[] = [];
    await work(job, outcomes, url);
    const producer = await produce(url);
    expect(await enqueue(producer, job, 'a')).toEqual({ kind: 'queued' });
    await waitFor('the end', () => outcomes.length);
    expect(outcomes).toEqual(['fine']);
  });
});
