import { join } from 'node:path';
import type { RedisClient } from './redis';
import { defineScript, flag } from './script';

const acquireScript = defineScript({
  file: join(__dirname, 'acquire-lock.lua'),
  keys: ['lock'],
  args: ['holder', 'leaseMs'],
  reply: flag,
});

const releaseScript = defineScript({
  file: join(__dirname, 'release-lock.lua'),
  keys: ['lock'],
  args: ['holder'],
  reply: flag,
});

/** Acquires a lock, or renews it for its holder, for `leaseMs` from now. False while another holder has it. */
export const acquireLock = (
  redis: RedisClient,
  lock: string,
  holder: string,
  leaseMs: number,
): Promise<boolean> => acquireScript(redis, { lock }, { holder, leaseMs });

/** Releases a lock, unless another holder has acquired it since. */
export const releaseLock = async (redis: RedisClient, lock: string, holder: string): Promise<void> => {
  await releaseScript(redis, { lock }, { holder });
};
