import { Queue } from 'bullmq';
import { plannedAt, type SchedulerDefinition, syncSchedulers } from '../../src/queue/schedulers';
import { sealSchedulerPayload } from '../../src/queue/seal-payload';
import { queuePrefix } from '../../src/redis/keys';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { sealer } from '../sealer';
import { connectTestRedis } from '../redis-client';

const sealSchedule = ({ id, name, data }: SchedulerDefinition) =>
  sealSchedulerPayload(sealer, { queue: 'digests', name, id }, data);

describeWith(['redis'], 'schedulers made from definitions', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let queue: Queue;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'asking');
    redis.on('error', () => undefined);
    await waitFor('redis', () => redis.status === 'ready');
    queue = new Queue('digests', { connection: redis, prefix: queuePrefix });
  });
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    await queue.close();
    redis.disconnect();
    await server.stop();
  });

  const daily = (id: string, hour = 9): SchedulerDefinition => ({
    id,
    repeat: { pattern: `0 ${hour} * * *`, tz: 'Europe/Berlin' },
    name: 'due',
    data: { id },
  });
  const often = (id: string): SchedulerDefinition => ({
    id,
    repeat: { every: 300_000 },
    name: 'due',
    data: { id },
  });
  const sync = (...definitions: readonly SchedulerDefinition[]) =>
    syncSchedulers(queue, sealSchedule, 'watch/', async () => definitions);
  const schedulers = async (): Promise<readonly string[]> =>
    (await queue.getJobSchedulers()).map(({ key }) => key).sort();
  const planned = async () =>
    (await queue.getJobs(['delayed', 'waiting'])).map(({ id = '' }) => [id, plannedAt(id)]);

  it('makes the defined ones, once, and leaves it alone from then on', async () => {
    expect(await sync(daily('watch/a'), often('watch/b'))).toEqual({ made: 2, removed: 0 });
    const before = await planned();
    expect(await sync(daily('watch/a'), often('watch/b'))).toEqual({ made: 0, removed: 0 });
    expect(await planned()).toEqual(before);
    expect(before.every(([, at]) => typeof at === 'number')).toBe(true);
  });

  it('replaces changed ones, removes what is obsolete, and touches nothing of another prefix', async () => {
    await syncSchedulers(queue, sealSchedule, 'digest/', async () => [daily('digest/other')]);
    await sync(daily('watch/a'), daily('watch/b'));
    expect(await sync(daily('watch/a', 10))).toEqual({ made: 1, removed: 1 });
    expect(await schedulers()).toEqual(['digest/other', 'watch/a']);
    expect((await queue.getJobScheduler('watch/a'))?.pattern).toBe('0 10 * * *');
  });

  it('reads the definitions after the schedulers, so that one added meanwhile stays', async () => {
    await syncSchedulers(queue, sealSchedule, 'watch/', async () => {
      await queue.upsertJobScheduler('watch/new', { every: 300_000 }, { name: 'due', data: {} });
      return [];
    });
    expect(await schedulers()).toEqual(['watch/new']);
  });

  it('brings back schedulers whose queue, or whose next job, was lost', async () => {
    await sync(often('watch/a'));
    await queue.obliterate({ force: true });
    await redis.del(queue.toKey('repeat'));
    expect(await sync(often('watch/a'))).toEqual({ made: 1, removed: 0 });
    const long = Date.now() - 3_600_000;
    await redis.zadd(queue.toKey('repeat'), long, 'watch/a');
    expect(await sync(often('watch/a'))).toEqual({ made: 1, removed: 0 });
  });

  it('leaves a run that is overdue but not lost', async () => {
    await sync(often('watch/a'));
    const [[, at]] = (await planned()) as [[string, number]];
    const clock = jest.spyOn(Date, 'now').mockReturnValue(at + 3_600_000);
    expect(await sync(often('watch/a'))).toEqual({ made: 0, removed: 0 });
    clock.mockRestore();
  });

  it('survives five processes at once', async () => {
    const definitions = Array.from({ length: 250 }, (_, index) => often(`watch/${index}`));
    await Promise.all(Array.from({ length: 5 }, () => sync(...definitions)));
    expect((await schedulers()).length).toBe(250);
    expect((await planned()).length).toBe(250);
  });

  it('reads the planned time from the id of a run, and from nothing else', () => {
    expect(plannedAt('repeat:watch/C1/prod:1790000000000')).toBe(1_790_000_000_000);
    expect(plannedAt('0190-some-request')).toBeUndefined();
  });
});
