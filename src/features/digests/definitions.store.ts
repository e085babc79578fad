import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { versionedRecords } from '../../redis/versioned-value';
import type { Sealer } from '../../signing/seal-record';

const Paused = z.object({
  at: z.number(),
  /** The person who paused it; null for the bot. */
  by: z.string().nullable(),
  /**
   * `asked`: a person paused it. `owner`: its owner may no longer see any of its clusters. `channel`: the channel
   * refused it repeatedly.
   */
  why: z.enum(['asked', 'owner', 'channel']),
  /** Slack's code for the refusal; empty otherwise. */
  detail: z.string(),
});
export type Paused = z.infer<typeof Paused>;

export const Definition = z.object({
  /** Four letters and digits, to be typed; or the name of a digest of the clusters file. */
  id: z.string(),
  channel: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  /** The person whose access decides what it shows: its creator, or the person who took it over by resuming it. */
  owner: z.string(),
  /** As typed: names, globs, `all`. */
  clusters: z.array(z.string()),
  when: z.object({ cron: z.string(), zone: z.string(), words: z.string() }),
  onlyChanges: z.boolean(),
  /** Runs that were planned before this do not count as missed (ms since the epoch). */
  activeSince: z.number(),
  paused: Paused.nullable(),
  /** Id of the request that made it, so that a repeated request finds it. */
  request: z.string(),
  /** Incremented with each change. */
  version: z.number(),
  /** Defined by the clusters file, and so neither stored nor changed by commands. */
  fromFile: z.literal(true).optional(),
});
export type Definition = z.infer<typeof Definition>;

export type NewDefinition = Omit<Definition, 'id' | 'version' | 'paused' | 'fromFile'>;

/** Stores digests as people made them. Schedulers are derived from these, so a lost queue loses no digest. */
export interface Definitions {
  /** Stores a digest under a free id, or returns the one that the same request made. */
  readonly add: (definition: NewDefinition) => Promise<Definition>;
  readonly all: () => Promise<readonly Definition[]>;
  readonly find: (id: string) => Promise<Definition | undefined>;
  /** Applies `changes` to the version that was read. Undefined: another process changed or removed it meanwhile. */
  readonly change: (read: Definition, changes: Changes) => Promise<Definition | undefined>;
  /** False: another process changed or removed it meanwhile. */
  readonly remove: (read: Definition) => Promise<boolean>;
}

type Changes = Partial<Pick<Definition, 'owner' | 'team' | 'organisation' | 'activeSince' | 'paused'>>;

/** Leaves out letters and digits that look alike, and vowels, so that no id is a word. */
const alphabet = 'bcdfghjkmnpqrstvwxz23456789';

const newId = (): string =>
  Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)] ?? '').join('');

export const createDefinitions = (redis: RedisClient, sealer: Sealer): Definitions => {
  const records = versionedRecords(redis, sealer, {
    kind: 'digest',
    key: keys.digests,
    schema: Definition,
  });
  return {
    all: records.all,
    find: records.find,
    add: async (definition) => {
      const made = (await records.all()).find(({ request }) => request === definition.request);
      if (made) return made;
      for (;;) {
        const added: Definition = { ...definition, id: newId(), version: 1, paused: null };
        if (await records.put(added.id, 0, added)) return added;
      }
    },
    change: async (read, changes) => {
      const changed = { ...read, ...changes, version: read.version + 1 };
      return (await records.put(read.id, read.version, changed)) ? changed : undefined;
    },
    remove: ({ id, version }) => records.remove(id, version),
  };
};
