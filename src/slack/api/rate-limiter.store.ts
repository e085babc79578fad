import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { runScript } from '../../redis/script';

/**
 * Takes the next free moment of a channel, or says how far it is. Redis's clock decides, so that processes whose
 * clocks differ space their messages all the same.
 * KEYS[1] the channel's slot; ARGV[1] ms between two messages; ARGV[2] the longest acceptable wait in ms.
 */
const reserve = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
if at - now > tonumber(ARGV[2]) then return {0, at - now} end
redis.call('SET', KEYS[1], at + ARGV[1], 'PX', at - now + ARGV[1] + 1000)
return {1, at - now}`;

/** Keeps a channel silent for ARGV[1] ms from now, or longer where it already was. */
const hold = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local at = math.max(now + ARGV[1], tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], at, 'PX', at - now + 1000)
return at - now`;

interface Slot {
  /** False: the wait is longer than accepted, and nothing was reserved. */
  readonly taken: boolean;
  readonly waitMs: number;
}

/** The moments at which messages may go to a channel: one every `intervalMs`, over all processes. */
export interface RateLimiter {
  readonly reserve: (channel: string, maxWaitMs: number) => Promise<Slot>;
  /** Slack asked for silence: nobody posts to this channel for so long (ms). Other channels go on. */
  readonly hold: (channel: string, forMs: number) => Promise<void>;
}

/** About one message a second to a channel is what Slack allows; a little more, as the way there varies. */
export const createRateLimiter = (redis: RedisClient, intervalMs = 1100): RateLimiter => ({
  reserve: async (channel, maxWaitMs) => {
    const [taken, waitMs] = (await runScript(
      redis,
      reserve,
      [keys.rateLimit(channel)],
      [intervalMs, Math.floor(maxWaitMs)],
    )) as [number, number];
    return { taken: taken === 1, waitMs };
  },
  hold: async (channel, forMs) => {
    await runScript(redis, hold, [keys.rateLimit(channel)], [Math.ceil(forMs)]);
  },
});
