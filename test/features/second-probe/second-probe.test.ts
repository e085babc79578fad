import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import type { ClusterConfig } from '../../../src/config/config';
import { createAskSecond, createSecondOutcomes, defineProbeJob } from '../../../src/features/second-probe';
import { omitUndefined } from '../../../src/omit-undefined';
import { createProducer, type Producer } from '../../../src/queue/producer';
import { sealPayload } from '../../../src/queue/seal-payload';
import { startWorker } from '../../../src/queue/worker';
import type { RedisUse } from '../../../src/redis/connect';
import { keys, queuePrefix } from '../../../src/redis/keys';
import type { RedisClient } from '../../../src/redis/redis';
import { failure, success } from '../../../src/result';
import { createSealer } from '../../../src/signing/seal-record';
import type { SecondProbes } from '../../../src/snapshot/second-probes';
import { describeWith } from '../../lab/binaries';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { connectTestRedis } from '../../redis-client';
import { sealer } from '../../sealer';
import { clusterOf, configOf } from '../../slack/support';

const log = pino({ level: 'silent' });
const address = '198.51.100.7:8443';
const configured = { ...clusterOf('east'), probe: { from: 'dmz' } };
const refused = { from: 'dmz', outcomes: [{ address, outcome: 'refused' }] };
const late = { from: 'dmz', outcomes: 'late' };

describeWith(['redis'], 'a second vantage point', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let producer: Producer;
  let queue: Queue;
  const ends: (() => unknown)[] = [];
  const connect = async (use: RedisUse): Promise<RedisClient> => {
    const connection = connectTestRedis(server.url, use);
    connection.on('error', () => undefined);
    ends.push(() => connection.disconnect());
    await waitFor('redis', () => connection.status === 'ready');
    return connection;
  };
  beforeEach(async () => {
    server = await startRedis();
    ends.push(server.stop);
    redis = await connect('asking');
    producer = createProducer(redis, sealer, log);
    ends.push(() => producer.close().catch(() => undefined));
    queue = new Queue('probes-dmz', { connection: await connect('asking'), prefix: queuePrefix });
    ends.push(() => queue.close().catch(() => undefined));
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  /** Starts a worker that finds the address refused, once `until` resolves. Returns the clusters that it probed. */
  const work = async (
    until: Promise<unknown> = Promise.resolve(),
    probe: ClusterConfig['probe'] = { from: 'dmz' },
    addresses: readonly string[] | 'unreadable' = [address],
  ) => {
    const probed: string[] = [];
    const ended: string[] = [];
    const worker = startWorker({
      queue: 'probes-dmz',
      jobs: [defineProbeJob('dmz')],
      sealer,
      services: () => ({
        config: {
          ...configOf(),
          clusters: new Map([['east', omitUndefined({ ...clusterOf('east'), probe })]]),
        },
        secondOutcomes: createSecondOutcomes(redis, sealer),
        probe: async ({ name }: { readonly name: string }) => {
          probed.push(name);
          await until;
          if (addresses === 'unreadable')
            return failure({ cause: 'unreachable' as const, message: 'no answer', temporary: true });
          return success(addresses.map((one) => ({ address: one, outcome: 'refused' as const })));
        },
      }),
      connection: await connect('working'),
      concurrency: 5,
      log,
      onEnd: ({ outcome }) => ended.push(outcome),
    });
    ends.push(() => worker.close(0));
    await waitFor('the worker', async () => (await queue.getWorkersCount()) > 0);
    return { probed, ended };
  };
  const ask = async (maxWaitMs = 15_000): Promise<SecondProbes | undefined> =>
    createAskSecond({
      producer,
      secondOutcomes: createSecondOutcomes(redis, sealer),
      log,
      maxWaitMs,
    })(configured, { requestId: 'r', signal: new AbortController().signal });
  /** The id of the job that a worker has taken. */
  const taken = async (): Promise<string> =>
    waitFor('the worker to take the job', async () => (await queue.getActive())[0]?.id);

  it('says what it found', async () => {
    const { probed } = await work();
    expect(await ask()).toEqual(refused);
    expect(probed).toEqual(['east']);
  });

  it('says what it found beside an address that is too long to be remembered', async () => {
    await work(undefined, undefined, [`${'x'.repeat(300)}:8443`, address]);
    expect(await ask()).toEqual(refused);
  });

  it('says that it could not read Consul', async () => {
    await work(undefined, undefined, 'unreadable');
    expect(await ask()).toEqual({ from: 'dmz', outcomes: 'unreadable' });
  });

  it('is not asked where the settings name none', () => {
    const secondOutcomes = createSecondOutcomes(redis, sealer);
    const second = createAskSecond({ producer, secondOutcomes, log });
    const options = { requestId: 'r', signal: new AbortController().signal };
    expect(second({ ...configured, probe: true }, options)).toBeUndefined();
    expect(second(clusterOf('east'), options)).toBeUndefined();
  });

  it('is not waited for where no worker listens, and nothing is queued', async () => {
    const started = performance.now();
    expect(await ask(60_000)).toEqual({ from: 'dmz', outcomes: 'absent' });
    expect(performance.now() - started < 30_000).toBe(true);
    expect(await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'completed')).toBe(0);
  });

  it('is no longer waited for where it is late, and what it says then counts for no other check', async () => {
    let finish = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { ended } = await work(until);
    expect(await ask(500)).toEqual(late);
    const next = ask(500);
    expect(await next).toEqual(late);
    finish();
    await waitFor('the late jobs', () => ended.length === 2);
    expect(ended).toEqual(['probed', 'probed']);
  });

  it('leaves no job behind that no worker took', async () => {
    const { probed } = await work();
    await queue.pause();
    expect(await ask(500)).toEqual(late);
    expect(await queue.getJobCountByTypes('waiting', 'active', 'delayed')).toBe(0);
    expect(probed).toEqual([]);
  });

  describe('in a Redis that somebody else writes to', () => {
    /** Starts a worker that answers no job before the end of the test. */
    const workWithoutAnswer = async (): Promise<void> => {
      let finish = (): void => undefined;
      await work(
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
      );
      ends.push(() => finish());
    };
    const text = JSON.stringify([{ address, outcome: 'tls' }]);
    const sealedFor = (job: string, key?: string): string =>
      (key === undefined ? sealer : createSealer({ signingKey: key })).seal(
        { kind: 'second-probes', key: keys.secondProbes(job) },
        text,
      );

    it.each<[string, (job: string) => string]>([
      ['without a seal', () => text],
      ['sealed with another key', (job) => sealedFor(job, 'another-key-of-32-characters-or-so')],
      ['of another request', () => sealedFor(randomUUID())],
    ])('believes no outcome %s', async (_name, stored) => {
      await workWithoutAnswer();
      const answer = ask(2000);
      const job = await taken();
      await redis.set(keys.secondProbes(job), stored(job));
      expect(await answer).toEqual(late);
    });

    it('believes the outcome that this bot sealed for the request', async () => {
      await workWithoutAnswer();
      const answer = ask();
      const job = await taken();
      await redis.set(keys.secondProbes(job), sealedFor(job));
      expect(await answer).toEqual({ from: 'dmz', outcomes: [{ address, outcome: 'tls' }] });
    });

    const job = (id: string, payload: unknown, over: { queue?: 'probes-lab'; at?: number } = {}) =>
      sealPayload(
        sealer,
        { queue: over.queue ?? 'probes-dmz', name: 'probe-cluster', id },
        { at: over.at ?? Date.now(), payload },
      );
    it.each<[string, (id: string) => unknown]>([
      ['that nobody sealed', () => ({ cluster: 'east' })],
      ['of another vantage point', (id) => job(id, { cluster: 'east' }, { queue: 'probes-lab' })],
      ['of another request', () => job(randomUUID(), { cluster: 'east' })],
      ['that names an address', (id) => job(id, { cluster: 'east', address: '169.254.169.254:80' })],
      ['of a cluster that it does not know', (id) => job(id, { cluster: 'west' })],
      ['from long ago', (id) => job(id, { cluster: 'east' }, { at: Date.now() - 3_600_000 })],
    ])('probes nothing for a job %s', async (_name, data) => {
      const { probed, ended } = await work();
      const id = randomUUID();
      await queue.add('probe-cluster', data(id), { jobId: id });
      await waitFor('its end', () => ended.length > 0);
      expect(probed).toEqual([]);
      expect(await createSecondOutcomes(redis, sealer).find(id)).not.toBeInstanceOf(Array);
    });
  });

  it.each<ClusterConfig['probe']>([{ from: 'lab' }, true, false])(
    'probes no cluster whose settings there say %j',
    async (probe) => {
      const { probed, ended } = await work(undefined, probe);
      expect(await ask()).toEqual({ from: 'dmz', outcomes: 'not-configured' });
      expect([probed, ended]).toEqual([[], ['not-configured']]);
    },
  );
});
