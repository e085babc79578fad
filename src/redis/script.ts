import type { RedisClient } from './redis';

/**
 * Runs a Lua script in one atomic step. Keys of one script share a hash tag, so that Redis Cluster keeps them
 * in one slot. The text is sent each time: these scripts run a few times a minute at most.
 */
export const runScript = (
  redis: RedisClient,
  lua: string,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> => redis.eval(lua, keys.length, ...keys, ...args);
