import type { Mute } from '../../../src/report/mutes';
import { keys } from '../../../src/redis/keys';
import { createMutes, maxMuteMs, type Mutes } from '../../../src/features/mutes/mutes.store';
import type { RedisClient } from '../../../src/redis/redis';
import { describeWith } from '../../lab/binaries';
import { type RedisServer, startRedis } from '../../lab/redis';
import { sealer } from '../../sealer';
import { connectTestRedis } from '../../redis-client';

const day = 86_400_000;
const now = Date.now();
const mute = (check: string, over: Partial<Mute> = {}): Mute => ({
  check,
  subject: null,
  by: 'U0OWNER',
  reason: 'known <!channel>',
  createdMs: now,
  untilMs: now + day,
  ...over,
});

describeWith(['redis'], 'mutes in Redis', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let mutes: Mutes;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
    mutes = createMutes(redis, sealer);
  });
  beforeEach(() => redis.flushall());
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  const checks = async (at = now): Promise<readonly string[]> =>
    (await mutes.of('prod', at)).map(({ check, subject }) => `${check}/${subject ?? ''}`);

  it('keeps a mute as it is until it ends, and by cluster', async () => {
    expect(await mutes.add('prod', mute('mesh-*', { subject: 'web → "api"' }))).toBe('added');
    await mutes.add('lab', mute('peering-active'));
    expect(await mutes.of('prod', now)).toEqual([mute('mesh-*', { subject: 'web → "api"' })]);
    expect(await mutes.of('prod', now + day)).toEqual([]);
    expect((await mutes.list(['prod', 'lab', 'none'], now)).map(({ cluster }) => cluster).sort()).toEqual([
      'lab',
      'prod',
    ]);
  });

  it('replaces one of the same check and subject, and no other', async () => {
    await mutes.add('prod', mute('a'));
    await mutes.add('prod', mute('a', { subject: 'web' }));
    expect(await mutes.add('prod', mute('a', { untilMs: now + 2 * day }))).toBe('replaced');
    expect(await checks()).toEqual(['a/web', 'a/']);
  });

  it('takes one away, once', async () => {
    await mutes.add('prod', mute('a'));
    const taken = await Promise.all([1, 2, 3].map(() => mutes.remove('prod', mute('a'), now)));
    expect(taken.filter((one) => one !== undefined)).toEqual([mute('a')]);
    expect(await checks()).toEqual([]);
  });

  it('takes one away as it was read, once, and not what replaced it', async () => {
    const read = { ...mute('a', { pattern: 'prod*' }), cluster: 'prod' };
    await mutes.add('prod', mute('a', { pattern: 'prod*' }));
    const taken = await Promise.all([1, 2, 3].map(() => mutes.removeUnchanged(read)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await checks()).toEqual([]);
    for (const over of [{ createdMs: now + 1 }, { by: 'U0OTHER' }]) {
      await mutes.add('prod', mute('a', { pattern: 'prod*', ...over }));
      expect(await mutes.removeUnchanged(read)).toBe(false);
      expect(await checks()).toEqual(['a/']);
    }
  });

  it('has nothing to take away of a mute that has ended', async () => {
    await mutes.add('prod', mute('a'));
    expect(await mutes.remove('prod', mute('a'), now + day)).toBeUndefined();
  });

  it('tells which end within a time, also those that just did', async () => {
    await mutes.add('prod', mute('past', { createdMs: now - 3 * day, untilMs: now - day }));
    await mutes.add('prod', mute('soon'));
    await mutes.add('lab', mute('later', { untilMs: now + 3 * day }));
    const ending = async (from: number, to: number) =>
      (await mutes.endingBetween(['prod', 'lab'], from, to)).map(
        ({ check, cluster }) => `${cluster}/${check}`,
      );
    expect(await ending(now - 2 * day, now + day)).toEqual(['prod/past', 'prod/soon']);
    expect(await ending(now + day, now + 3 * day)).toEqual(['lab/later']);
  });

  it('forgets what ended long ago, and lets the whole key go at last', async () => {
    await mutes.add('prod', mute('old', { createdMs: now - 30 * day, untilMs: now - 20 * day }));
    await mutes.add('prod', mute('new'));
    expect(await redis.hlen(keys.mutesOf('prod'))).toBe(1);
    expect(await redis.pttl(keys.mutesOf('prod'))).toBeGreaterThan(maxMuteMs);
  });

  it('takes no more than the maximum, of fifty at once too', async () => {
    for (let from = 0; from < 500; from += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => mutes.add('prod', mute(`c-${from + index}`))),
      );
    }
    expect(await mutes.add('prod', mute('one-too-many'))).toBe('full');
    expect(await mutes.add('prod', mute('c-7'))).toBe('replaced');
    expect(await checks()).toHaveLength(500);
  });
});
