import { z } from 'zod';
import { keys } from '../../../redis/keys';
import type { RedisClient } from '../../../redis/redis';
import type { RecordLocation, Sealer } from '../../../signing/seal-record';

/** A request whose answer could not be delivered within its time. */
export const UnansweredRequest = z.object({
  /** The name of the answer. */
  name: z.string(),
  /** The request in a few words, such as `check of prod-east`. */
  what: z.string(),
  /** When it was made (ms since the epoch). */
  at: z.number(),
  /** `refused`: Slack took the answer neither in the channel nor in private. */
  why: z.enum(['unreachable', 'refused']),
});
export type UnansweredRequest = z.infer<typeof UnansweredRequest>;

/** Requests that one message or App Home has yet to name to a person. */
export interface Unanswered {
  readonly add: (user: string, requests: readonly UnansweredRequest[]) => Promise<void>;
  /** Lists the requests of a person, the oldest first. */
  readonly list: (user: string) => Promise<readonly UnansweredRequest[]>;
  readonly clear: (user: string, names: readonly string[]) => Promise<void>;
}

/** Maximum requests of a person; the oldest are dropped. */
const maxRequests = 10;
/** All are dropped if none was added for this time, in ms. */
const ttlMs = 7 * 24 * 3_600_000;

export const createUnanswered = (redis: RedisClient, sealer: Sealer): Unanswered => {
  const locationOf = (user: string, name: string): RecordLocation => ({
    kind: 'unanswered',
    key: keys.unanswered(user),
    field: name,
  });
  const list = async (user: string): Promise<readonly UnansweredRequest[]> =>
    Object.entries(await redis.hgetall(keys.unanswered(user)))
      .flatMap(([name, stored]) => {
        const text = sealer.open(locationOf(user, name), stored);
        return text === undefined ? [] : [UnansweredRequest.parse(JSON.parse(text))];
      })
      .sort((a, b) => a.at - b.at);
  const clear = async (user: string, names: readonly string[]): Promise<void> => {
    if (names.length > 0) await redis.hdel(keys.unanswered(user), ...names);
  };
  return {
    list,
    clear,
    add: async (user, requests) => {
      const key = keys.unanswered(user);
      for (const request of requests) {
        const sealed = sealer.seal(locationOf(user, request.name), JSON.stringify(request));
        await redis.hset(key, request.name, sealed);
      }
      await redis.pexpire(key, ttlMs);
      const all = await list(user);
      await clear(
        user,
        all.slice(0, Math.max(0, all.length - maxRequests)).map(({ name }) => name),
      );
    },
  };
};
