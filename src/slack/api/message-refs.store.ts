import { z } from 'zod';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';

/** Where a message stands: what Slack calls its channel and timestamp. */
export const Place = z.object({ channel: z.string(), ts: z.string() });
export type Place = z.infer<typeof Place>;

const Known = z.union([
  z.object({ state: z.literal('posted'), place: Place }),
  z.object({ state: z.literal('trying') }),
]);
type Known = z.infer<typeof Known>;

/**
 * Remembers where each message went, so that whoever takes over a job edits it and does not post it again.
 * `trying` is written before a post: found without a place, the post may or may not have gone through.
 */
export interface Places {
  readonly find: (name: string) => Promise<Known | undefined>;
  readonly trying: (name: string) => Promise<void>;
  readonly posted: (name: string, place: Place) => Promise<void>;
}

/** Longer than any job waits for its retries. */
const keptMs = 24 * 3_600_000;

export const createPlaces = (redis: RedisClient): Places => {
  const write = async (name: string, known: Known): Promise<void> => {
    await redis.set(keys.place(name), JSON.stringify(known), 'PX', keptMs);
  };
  return {
    find: async (name) => {
      const text = await redis.get(keys.place(name));
      return text === null ? undefined : Known.parse(JSON.parse(text));
    },
    trying: (name) => write(name, { state: 'trying' }),
    posted: (name, place) => write(name, { state: 'posted', place }),
  };
};
