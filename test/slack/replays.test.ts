import { pino } from 'pino';
import { createReplayGuard } from '../../src/slack/replays';
import type { RedisClient } from '../../src/redis/redis';

const forMs = 60_000;

describe('the replay guard of a process that cannot ask Redis', () => {
  const guard = () => {
    const away = { set: async () => Promise.reject(new Error('away')) } as unknown as RedisClient;
    return createReplayGuard(away, pino({ level: 'silent' }));
  };

  it('knows again what it has served', async () => {
    const isFirst = guard();
    expect(await isFirst('a', forMs)).toBe(true);
    expect(await isFirst('b', forMs)).toBe(true);
    expect([await isFirst('a', forMs), await isFirst('b', forMs)]).toEqual([false, false]);
  });

  it('forgets what is too old to be taken', async () => {
    const isFirst = guard();
    await isFirst('a', -1);
    expect(await isFirst('a', forMs)).toBe(true);
  });

  it('remembers what came once more after its time for as long as it takes from then on', async () => {
    const isFirst = guard();
    await isFirst('long', forMs);
    await isFirst('a', -1);
    for (let n = 0; n < 5_000; n++) await isFirst(String(n), forMs);
    expect(await isFirst('a', forMs)).toBe(true);
    for (let n = 5_000; n < 10_001; n++) await isFirst(String(n), forMs);
    expect(await isFirst('a', forMs)).toBe(false);
  });

  it('remembers the newest ten thousand, and no more', async () => {
    const isFirst = guard();
    for (let n = 0; n <= 10_000; n++) await isFirst(String(n), forMs);
    expect(await isFirst('1', forMs)).toBe(false);
    expect(await isFirst('10000', forMs)).toBe(false);
    expect(await isFirst('0', forMs)).toBe(true);
  });
});
