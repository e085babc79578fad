import { join } from 'node:path';
import { z } from 'zod';
import { keys } from '../../../redis/keys';
import type { RedisClient } from '../../../redis/redis';
import { defineScript } from '../../../redis/script';
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

/** A message that names requests to a person. */
interface Note {
  readonly name: string;
  /** The oldest first. */
  readonly requests: readonly UnansweredRequest[];
}

/** Requests that one message or App Home has yet to name to a person. */
export interface Unanswered {
  readonly add: (user: string, requests: readonly UnansweredRequest[]) => Promise<void>;
  /** Lists the requests of a person, the oldest first. */
  readonly list: (user: string) => Promise<readonly UnansweredRequest[]>;
  /**
   * Groups the requests of a person by the note that tells about them, which is this one for those that have none yet.
   * Two jobs that tell at the same time get the same groups, and the outbox posts a note of one name once.
   */
  readonly nameNotes: (user: string, note: string) => Promise<readonly Note[]>;
  readonly clear: (user: string, names: readonly string[]) => Promise<void>;
}

/** Maximum requests of a person; the oldest are dropped. */
const maxRequests = 10;
/** All are dropped if none was added for this time, in ms. */
const ttlMs = 7 * 24 * 3_600_000;

const nameNoteScript = defineScript({
  file: join(__dirname, 'name-note.lua'),
  keys: ['requests', 'notes'],
  args: ['note', 'ttlMs'],
  reply: z.array(z.string()),
});

/** The end of all names of notes, so that no stored name can be that of an answer. */
const noteSuffix = '/unanswered';

/** Names the note that a job sends about earlier requests. */
export const noteNameOf = (requestId: string): string => `${requestId}${noteSuffix}`;

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
    if (names.length === 0) return;
    await redis.hdel(keys.unanswered(user), ...names);
    await redis.hdel(keys.unansweredNotes(user), ...names);
  };
  const nameNotes: Unanswered['nameNotes'] = async (user, note) => {
    const scriptKeys = { requests: keys.unanswered(user), notes: keys.unansweredNotes(user) };
    const pairs = await nameNoteScript(redis, scriptKeys, { note, ttlMs });
    const names = new Map(
      pairs.flatMap((request, at) => (at % 2 === 0 ? [[request, pairs[at + 1] ?? ''] as const] : [])),
    );
    const requests = await list(user);
    return [...new Set(names.values())]
      .filter((name) => name.endsWith(noteSuffix))
      .map((name) => ({ name, requests: requests.filter((request) => names.get(request.name) === name) }))
      .filter((one) => one.requests.length > 0);
  };
  return {
    list,
    nameNotes,
    clear,
    add: async (user, requests) => {
      const key = keys.unanswered(user);
      for (const request of requests) {
        const sealed = sealer.seal(locationOf(user, request.name), JSON.stringify(request));
        // A note that could not be delivered is not the one that tells about it now.
        await redis.hdel(keys.unansweredNotes(user), request.name);
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
