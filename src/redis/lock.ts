import type { RedisClient } from './redis';
import { runScript } from './script';

/** KEYS[1] the turn; ARGV[1] who wants it; ARGV[2] for how many ms. */
const take = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** KEYS[1] the turn; ARGV[1] who gives it back. */
const give = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/** Takes the right to do something that one process at a time may do, or keeps it, for so many ms from now. */
export const takeTurn = async (
  redis: RedisClient,
  key: string,
  holder: string,
  forMs: number,
): Promise<boolean> => (await runScript(redis, take, [key], [holder, forMs])) === 1;

/** Gives it back, unless somebody else has it by now. */
export const giveTurn = async (redis: RedisClient, key: string, holder: string): Promise<void> => {
  await runScript(redis, give, [key], [holder]);
};
