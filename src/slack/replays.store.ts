import { keys } from '../redis/keys';
import type { RedisClient } from '../redis/redis';

/**
 * Stores the signature of a request and tells whether it is new. A signature covers time and body, so a second one is a
 * replay.
 *
 * @param forMs the time that a request is accepted, and so must be remembered, in ms
 */
export const isFirst = async (redis: RedisClient, signature: string, forMs: number): Promise<boolean> =>
  (await redis.set(keys.served(signature), '1', 'PX', forMs, 'NX')) === 'OK';
