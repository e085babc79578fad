import { z } from 'zod';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import type { RecordLocation, Sealer } from '../../signing/seal-record';
import { MessageRef } from './message-ref';

const StoredPost = z.union([
  // oxlint-disable-next-line plain-english/words -- stored by earlier versions
  z.object({ state: z.literal('posted'), place: MessageRef }),
  z.object({ state: z.literal('trying') }),
]);
type StoredPost = z.infer<typeof StoredPost>;

type KnownPost = { readonly state: 'posted'; readonly ref: MessageRef } | { readonly state: 'trying' };

/**
 * Remembers the coordinates of each message by name, so that a process that takes over a job edits the message
 * instead of posting it twice. `trying` is written before a post. If only that is found, the post may or may not
 * have succeeded.
 */
export interface MessageRefs {
  readonly find: (name: string) => Promise<KnownPost | undefined>;
  readonly trying: (name: string) => Promise<void>;
  readonly posted: (name: string, ref: MessageRef) => Promise<void>;
}

/** Longer than any job waits for its retries. */
const ttlMs = 24 * 3_600_000;

export const createMessageRefs = (redis: RedisClient, sealer: Sealer): MessageRefs => {
  const locationOf = (name: string): RecordLocation => ({ kind: 'message-ref', key: keys.messageRef(name) });
  const write = async (name: string, post: StoredPost): Promise<void> => {
    const stored = sealer.seal(locationOf(name), JSON.stringify(post));
    await redis.set(keys.messageRef(name), stored, 'PX', ttlMs);
  };
  return {
    find: async (name) => {
      const stored = await redis.get(keys.messageRef(name));
      const text = stored === null ? undefined : sealer.open(locationOf(name), stored);
      if (text === undefined) return undefined;
      const post = StoredPost.parse(JSON.parse(text));
      return post.state === 'posted' ? { state: 'posted', ref: post.place } : post;
    },
    trying: (name) => write(name, { state: 'trying' }),
    posted: (name, ref) => write(name, { state: 'posted', place: ref }),
  };
};
