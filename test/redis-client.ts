import { connectRedis, parseRedisUrl } from '../src/redis/connect';
import type { RedisClient } from '../src/redis/redis';

/** Connects to a Redis that a test has started. */
export const connectTestRedis = (url: string, ...use: UseOfRedis): RedisClient => {
  const address = parseRedisUrl(url);
  if (!address.ok) throw new Error(address.error);
  return connectRedis(address.value, ...use);
};

type UseOfRedis = Parameters<typeof connectRedis> extends [unknown, ...infer Rest] ? Rest : never;
