import { join } from 'node:path';
import { z } from 'zod';
import type { RedisClient } from './redis';
import { defineScript } from './script';

const nowScript = defineScript({
  file: join(__dirname, 'now.lua'),
  keys: ['key'],
  args: [],
  reply: z.number(),
});

/** Returns Redis's own time in ms since the epoch, on a Redis Cluster that of the node that holds the key. */
export const redisNow = (redis: RedisClient, key: string): Promise<number> => nowScript(redis, { key }, {});
