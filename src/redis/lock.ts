import type { RedisClient } from './redis';
import { runScript } from './script';

/** KEYS[1] the lock; ARGV[1] its holder; ARGV[2] lease in ms. */
const acquire = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** KEYS[1] the lock; ARGV[1] its holder. */
const release = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/**
 * Acquires a lock, or renews it for its holder, for `leaseMs` from now. Returns false while another holder has it.
 */
export const acquireLock = async (
  redis: RedisClient,
  key: string,
  holder: string,
  leaseMs: number,
): Promise<boolean> => (await runScript(redis, acquire, [key], [holder, leaseMs])) === 1;

/** Releases a lock, unless another holder has acquired it since. */
export const releaseLock = async (redis: RedisClient, key: string, holder: string): Promise<void> => {
  await runScript(redis, release, [key], [holder]);
};
