import { join } from 'node:path';
import { z } from 'zod';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { defineScript, flag } from '../../redis/script';

const reserveScript = defineScript({
  file: join(__dirname, 'reserve-message.lua'),
  keys: ['rateLimit'],
  args: ['intervalMs', 'maxWaitMs'],
  reply: z.tuple([flag, z.number()]),
});

const holdScript = defineScript({
  file: join(__dirname, 'hold-messages.lua'),
  keys: ['rateLimit'],
  args: ['holdMs'],
  reply: z.number(),
});

interface Reservation {
  /** False: the wait is longer than accepted, and nothing was reserved. */
  readonly taken: boolean;
  readonly waitMs: number;
}

/** Spaces messages to a channel over all processes: one every `intervalMs`, by Redis's clock. */
export interface RateLimiter {
  readonly reserve: (channel: string, maxWaitMs: number) => Promise<Reservation>;
  /** Holds all messages to a channel for `holdMs`, as Slack demanded. Other channels continue. */
  readonly hold: (channel: string, holdMs: number) => Promise<void>;
}

/** Slack allows about one message a second to a channel; the default adds a little, since network delays vary. */
export const createRateLimiter = (redis: RedisClient, intervalMs = 1100): RateLimiter => ({
  reserve: async (channel, maxWaitMs) => {
    const [taken, waitMs] = await reserveScript(
      redis,
      { rateLimit: keys.rateLimit(channel) },
      { intervalMs, maxWaitMs: Math.floor(maxWaitMs) },
    );
    return { taken, waitMs };
  },
  hold: async (channel, holdMs) => {
    await holdScript(redis, { rateLimit: keys.rateLimit(channel) }, { holdMs: Math.ceil(holdMs) });
  },
});
