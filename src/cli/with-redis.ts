import { connectRedis, parseRedisUrl, redisProblem } from '../redis/connect';
import type { RedisClient } from '../redis/redis';
import { type ExitCode, exit, type Terminal, usageError } from './command';

/** Time that Redis has to answer at the start, in ms. */
const patienceMs = 5_000;

/**
 * Runs a command on the Redis of `url`. Says what is wrong with the address, or why Redis cannot be used, and closes the
 * connection at the end.
 */
export const withRedis = async (
  url: string | undefined,
  terminal: Terminal,
  run: (redis: RedisClient) => Promise<ExitCode>,
): Promise<ExitCode> => {
  if (!url) return usageError(terminal, 'REDIS_URL is not set: set it to the Redis of the bot');
  const address = parseRedisUrl(url);
  if (!address.ok) return usageError(terminal, address.error);
  const redis = connectRedis(address.value, 'asking');
  // Problems are reported below; without a listener an error would end the process.
  redis.on('error', () => undefined);
  try {
    const problem = await redisProblem(redis, address.value, patienceMs);
    if (problem === undefined) return await run(redis);
    terminal.err(`peering-bot: ${problem}\n`);
    return exit.undecided;
  } finally {
    redis.disconnect();
  }
};
