import { keys } from '../redis/keys';
import type { RedisClient } from '../redis/redis';

/**
 * Notes the signature of a request and says whether it is new. A signature covers time and body, so the same
 * one again is the same request sent again.
 *
 * @param forMs how long a request is young enough to be taken, and so how long it must be remembered.
 */
export const isFirst = async (redis: RedisClient, signature: string, forMs: number): Promise<boolean> =>
  (await redis.set(keys.served(signature), '1', 'PX', forMs, 'NX')) === 'OK';
