import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { runScript } from '../../redis/script';

const Paused = z.object({
  at: z.number(),
  /** Who paused it; null where it was the bot. */
  by: z.string().nullable(),
  /**
   * `asked`: somebody wished so. `owner`: its owner may no longer see any of its clusters. `channel`: the channel
   * refused it again and again.
   */
  why: z.enum(['asked', 'owner', 'channel']),
  /** Slack's code for the refusal; empty otherwise. */
  detail: z.string(),
});
export type Paused = z.infer<typeof Paused>;

export const Definition = z.object({
  /** Four letters and digits, to be typed. */
  id: z.string(),
  channel: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  /** Whose rights decide what it shows: who made it, or who took it over by resuming it. */
  owner: z.string(),
  /** As typed: names, globs, `all`. */
  clusters: z.array(z.string()),
  when: z.object({ cron: z.string(), zone: z.string(), words: z.string() }),
  onlyChanges: z.boolean(),
  /** No run that was planned before this counts as missed (ms since the epoch). */
  activeSince: z.number(),
  paused: Paused.nullable(),
  /** The request that made it, so that a request that is served again finds it. */
  request: z.string(),
  /** Goes up with each change. */
  version: z.number(),
});
export type Definition = z.infer<typeof Definition>;

export type NewDefinition = Omit<Definition, 'id' | 'version' | 'paused'>;

/** Digests as people made them. Schedulers are made from these, so a queue that was lost loses no digest. */
export interface Definitions {
  /** Stores a new one under an id that is free, or finds the one that the same request made. */
  readonly add: (definition: NewDefinition) => Promise<Definition>;
  readonly all: () => Promise<readonly Definition[]>;
  readonly find: (id: string) => Promise<Definition | undefined>;
  /** Puts `changes` in place of what was read. Undefined: somebody else changed or removed it meanwhile. */
  readonly change: (read: Definition, changes: Changes) => Promise<Definition | undefined>;
  /** False: somebody else changed or removed it meanwhile. */
  readonly remove: (read: Definition) => Promise<boolean>;
}

type Changes = Partial<Pick<Definition, 'owner' | 'team' | 'organisation' | 'activeSince' | 'paused'>>;

/**
 * Replaces or removes a field of a hash where it still is of the version that was read.
 * KEYS[1] the hash; ARGV[1] the field; ARGV[2] the version read; ARGV[3] the new text, or nothing to remove it.
 */
const replace = `
local now = redis.call('HGET', KEYS[1], ARGV[1])
if not now or cjson.decode(now).version ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) else redis.call('HDEL', KEYS[1], ARGV[1]) end
return 1`;

/** Without letters and digits that look alike, and without vowels, so that no id is a word. */
const alphabet = 'bcdfghjkmnpqrstvwxz23456789';

const newId = (): string =>
  Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)] ?? '').join('');

const parse = (text: string): Definition => Definition.parse(JSON.parse(text));

export const createDefinitions = (redis: RedisClient): Definitions => {
  const all = async (): Promise<readonly Definition[]> =>
    Object.values(await redis.hgetall(keys.digests)).map(parse);

  const swap = async ({ id, version }: Definition, text: readonly string[]): Promise<boolean> =>
    (await runScript(redis, replace, [keys.digests], [id, version, ...text])) === 1;

  return {
    all,
    add: async (definition) => {
      const made = (await all()).find(({ request }) => request === definition.request);
      if (made) return made;
      for (;;) {
        const added: Definition = { ...definition, id: newId(), version: 1, paused: null };
        if ((await redis.hsetnx(keys.digests, added.id, JSON.stringify(added))) === 1) return added;
      }
    },
    find: async (id) => {
      const text = await redis.hget(keys.digests, id);
      return text === null ? undefined : parse(text);
    },
    change: async (read, changes) => {
      const changed = { ...read, ...changes, version: read.version + 1 };
      return (await swap(read, [JSON.stringify(changed)])) ? changed : undefined;
    },
    remove: (read) => swap(read, []),
  };
};
