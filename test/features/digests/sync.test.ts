import { Queue, Worker } from 'bullmq';
import { pino } from 'pino';
import { runDigest } from '../../../src/features/digests/run-digest';
import { startDigestSync } from '../../../src/features/digests/sync';
import { createProducer, type Producer } from '../../../src/queue/producer';
import { plannedAt } from '../../../src/queue/schedulers';
import {
  createDefinitions,
  type Definition,
  type Definitions,
} from '../../../src/features/digests/definitions.store';
import { createDigestRuns, type DigestRuns } from '../../../src/features/digests/runs.store';
import { parseWhen } from '../../../src/config/when';
import { queuePrefix } from '../../../src/redis/keys';
import type { RedisClient } from '../../../src/redis/redis';
import { describeWith } from '../../lab/binaries';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { at, openRedis } from './stage';
import { payloadOf, sealer } from '../../sealer';

const log = pino({ level: 'silent' });

describeWith(['redis'], 'the schedules of digests', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let queue: Queue;
  let producer: Producer;
  let definitions: Definitions;
  let runs: DigestRuns;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    server = await startRedis();
    redis = openRedis(server.url);
    queue = new Queue('digests', { connection: redis, prefix: queuePrefix });
    producer = createProducer(redis, sealer, log);
    definitions = createDefinitions(redis, sealer);
    runs = createDigestRuns(redis, sealer);
  });
  beforeEach(() => redis.flushall());
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await queue.close();
    await producer.close();
    redis.disconnect();
    await server.stop();
  });

  let serial = 0;
  const add = (words: string, zone: string, activeSince = Date.now()): Promise<Definition> => {
    const parsed = parseWhen(words.startsWith('"') ? [words.slice(1, -1)] : words.split(' '), zone);
    if (!parsed.ok) throw new Error(parsed.error);
    serial += 1;
    return definitions.add({
      channel: 'C1',
      team: 'T1',
      owner: 'U1',
      clusters: ['all'],
      when: parsed.value.when,
      onlyChanges: false,
      activeSince,
      request: `r${serial}`,
    });
  };
  /** One process that looks after the schedules, more often than a real one. */
  const sync = (everyMs = 100): void => {
    const services = {
      digests: definitions,
      digestRuns: runs,
      queue: ((job, payload, request) => producer.enqueue(job, payload, request, 1500)) satisfies Parameters<
        typeof startDigestSync
      >[0]['services']['queue'],
    };
    stops.push(startDigestSync({ redis, sealer, log, everyMs, services }).stop);
  };
  const schedulers = async () =>
    new Map((await queue.getJobSchedulers()).map(({ key, next }) => [key, next]));
  const until = (what: string, check: () => Promise<boolean>): Promise<unknown> =>
    waitFor(what, async () => (await check()) || undefined);

  /** The times at which BullMQ itself lets the schedule's job through, one after the other. */
  const times = async (definition: Definition, from: string, count: number): Promise<readonly string[]> => {
    at(from);
    sync(60_000);
    const key = `digest/${definition.id}`;
    await until('the scheduler', async () => (await schedulers()).has(key));
    const worker = new Worker('digests', null, { connection: redis, prefix: queuePrefix });
    const seen: string[] = [];
    while (seen.length < count) {
      const next = (await schedulers()).get(key) ?? 0;
      at(new Date(next + 20).toISOString());
      const job = await worker.getNextJob('token');
      const planned = plannedAt(job?.id ?? '');
      if (planned === undefined) throw new Error(`no job of the schedule: ${job?.id}`);
      seen.push(new Date(planned).toISOString().slice(0, 16));
      await job?.moveToCompleted(null, 'token', false);
    }
    await worker.close();
    return seen;
  };

  it.each([
    [
      'daily 09:00',
      'Europe/Berlin',
      '2026-03-28T00:00:00Z',
      ['2026-03-28T08:00', '2026-03-29T07:00', '2026-03-30T07:00'],
    ],
    [
      'daily 09:00',
      'America/New_York',
      '2026-10-31T00:00:00Z',
      ['2026-10-31T13:00', '2026-11-01T14:00', '2026-11-02T14:00'],
    ],
    [
      'weekdays 8:30',
      'Europe/Berlin',
      '2026-10-23T00:00:00Z',
      ['2026-10-23T06:30', '2026-10-26T07:30', '2026-10-27T07:30'],
    ],
    [
      'weekdays 8:30',
      'America/New_York',
      '2026-03-06T00:00:00Z',
      ['2026-03-06T13:30', '2026-03-09T12:30', '2026-03-10T12:30'],
    ],
    // 02:30 does not exist on the 29th: it comes an hour later.
    [
      '"30 2 * * *"',
      'Europe/Berlin',
      '2026-03-28T00:00:00Z',
      ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'],
    ],
    // 01:30 comes twice on the 1st: the first counts.
    [
      '"30 1 * * *"',
      'America/New_York',
      '2026-10-31T00:00:00Z',
      ['2026-10-31T05:30', '2026-11-01T05:30', '2026-11-02T06:30'],
    ],
  ])('%s in %s are kept over a change of the clocks', async (words, zone, from, expected) => {
    expect(await times(await add(words, zone, 0), from, 3)).toEqual(expected);
  });

  it('come back by themselves where every key of the queue was deleted', async () => {
    const kept = await Promise.all([add('daily 09:00', 'UTC'), add('weekdays 8:30', 'Asia/Tokyo')]);
    const ids = kept.map(({ id }) => `digest/${id}`).sort();
    const isWhole = async (): Promise<boolean> =>
      JSON.stringify([...(await schedulers()).keys()].sort()) === JSON.stringify(ids) &&
      (await queue.getDelayedCount()) === ids.length;
    for (let processes = 0; processes < 5; processes++) sync();
    await until('the schedulers', isWhole);
    const before = await schedulers();
    const keys = await redis.keys('{peering}:*');
    expect(keys.length).toBeGreaterThan(ids.length);
    await redis.del(...keys);
    await until('the schedulers again', isWhole);
    expect(await schedulers()).toEqual(before);
  });

  it('follow what is added, paused and removed', async () => {
    sync();
    const [one, two] = await Promise.all([add('daily 09:00', 'UTC'), add('daily 10:00', 'UTC')]);
    await until('two', async () => (await schedulers()).size === 2);
    const paused = { at: 1, by: 'U1', why: 'asked', detail: '' } as const;
    await definitions.change(one, { paused });
    await definitions.remove(two);
    await until('none', async () => (await schedulers()).size === 0);
    expect(await queue.getDelayedCount()).toBe(0);
  });

  it('queue what came due while there was nobody, once over all processes, and again where that was lost', async () => {
    const day = 86_400_000;
    const now = at('2026-11-20T08:20:00Z');
    const due = await add('daily 08:00', 'UTC', now - 3 * day);
    const long = await add('daily 06:00', 'UTC', now - 3 * day);
    for (let processes = 0; processes < 5; processes++) sync();
    const waiting = async () =>
      (await queue.getWaiting()).map((job) => [job.name, payloadOf('digests', job)['digest']]);
    await until('the run', async () => (await waiting()).length > 0);
    await until('the schedulers', async () => (await schedulers()).size === 2);
    expect(await waiting()).toEqual([[runDigest.name, due.id]]);
    await redis.del(...(await redis.keys('{peering}:*')));
    await until('the run again', async () => (await waiting()).length > 0);
    await runs.note(due.id, { dealtWith: Date.parse('2026-11-20T08:00:00Z') });
    await redis.del(...(await redis.keys('{peering}:*')));
    await until('the schedulers again', async () => (await schedulers()).size === 2);
    expect(await waiting()).toEqual([]);
    expect((await schedulers()).get(`digest/${long.id}`)).toBe(Date.parse('2026-11-21T06:00:00Z'));
  });

  it('queue by the timer what comes due where nobody else does', async () => {
    at('2026-11-20T07:59:00Z');
    const due = await add('daily 08:00', 'UTC', 0);
    sync();
    await until('the scheduler', async () => (await schedulers()).has(`digest/${due.id}`));
    expect(await queue.getWaitingCount()).toBe(0);
    at('2026-11-20T08:00:01Z');
    await until('the run', async () =>
      (await queue.getWaiting()).some(({ name }) => name === runDigest.name),
    );
  });

  it('give the right to post for a run to one holder at a time', async () => {
    expect(await runs.acquireLock('r', 'a', 5000)).toBe(true);
    expect(await runs.acquireLock('r', 'b', 5000)).toBe(false);
    expect(await runs.acquireLock('r', 'a', 5000)).toBe(true);
    await runs.releaseLock('r', 'b');
    expect(await runs.acquireLock('r', 'b', 5000)).toBe(false);
    await runs.releaseLock('r', 'a');
    expect(await runs.acquireLock('r', 'b', 1)).toBe(true);
    await until('its end', () => runs.acquireLock('r', 'a', 5000));
  });
});
