import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { compressJson, expandJson } from '../../../redis/compressed-json';
import { keys } from '../../../redis/keys';
import type { RedisClient } from '../../../redis/redis';
import { defineScript } from '../../../redis/script';
import type { RecordLocation, Sealer } from '../../../signing/seal-record';
import type { OutboxEntry, Rendering, Upload } from './entry';

const takeScript = defineScript({
  file: join(__dirname, 'take-entry.lua'),
  keys: ['due', 'leases'],
  args: ['holder', 'leaseMs', 'name', 'renew'],
  reply: z.tuple([z.string(), z.number()]),
});

const storeScript = defineScript({
  file: join(__dirname, 'store-entry.lua'),
  keys: ['entry', 'due', 'leases'],
  args: ['name', 'expected', 'value', 'waitMs', 'holder', 'ttlMs', 'maxDue'],
  reply: z.number(),
});

/** An entry as it is stored. */
interface StoredEntry {
  /** Undefined if there is none, or none that this bot made. */
  readonly entry: OutboxEntry | undefined;
  /** The stored text, which a change has to find unchanged; empty if there is none. */
  readonly text: string;
}

/** The right to deliver an answer. */
export interface EntryLease {
  readonly name: string;
  /** A process stopped while it held the entry. */
  readonly crashed: boolean;
  /** Nobody else has the lease before this time (ms since the epoch), even if it is not renewed. */
  readonly until: number;
}

interface WriteOptions {
  /** Time from now until something is due, in ms; null if nothing will be. */
  readonly waitMs: number | null;
  /** Lets go of this holder's lease. Nothing is stored without the lease. */
  readonly holder?: string;
}

/** Answers on their way to Slack, encrypted, and when each of them is due. */
export interface OutboxStore {
  readonly find: (name: string) => Promise<StoredEntry>;
  /** Leases an entry that is due, or the one with this name; undefined if another process has it. */
  readonly take: (holder: string, name?: string) => Promise<EntryLease | undefined>;
  /** Renews a lease. Undefined: it is no longer this holder's. */
  readonly renew: (holder: string, name: string) => Promise<EntryLease | undefined>;
  /** Stores an entry in place of the one that was read. False: it or its lease changed meanwhile. */
  readonly write: (before: StoredEntry, entry: OutboxEntry, options: WriteOptions) => Promise<boolean>;
  /** Forgets the name of an entry that is gone. */
  readonly forget: (name: string) => Promise<void>;
}

/** The lease of a dead process ends after this time. A longer call to Slack renews its lease. */
const leaseMs = 15_000;
/**
 * An answer that was delivered is known this long, in case its job runs again. One that was not is stored as long, so that
 * it ends as it should even if no worker runs for hours.
 */
const ttlMs = 24 * 3_600_000;
/** Maximum answers on their way. */
const maxDue = 20_000;

/** The state of an entry, which changes at each step. Its content, which is larger, is stored beside it once. */
type State = Omit<OutboxEntry, 'renderings'> & { readonly content: string | null };

/** Maximum contents that a process remembers. */
const maxRemembered = 100;

export const createOutboxStore = (redis: RedisClient, sealer: Sealer): OutboxStore => {
  const { outboxDue: due, outboxLeases: leases } = keys;
  const contents = createContents(redis, sealer);
  const locationOf = (name: string): RecordLocation => ({ kind: 'outbox', key: keys.outboxEntry(name) });
  const read = async (name: string): Promise<StoredEntry> => {
    const text = (await redis.get(keys.outboxEntry(name))) ?? '';
    const state = text === '' ? undefined : (openText(sealer, locationOf(name), text) as State | undefined);
    if (state === undefined) return { text, entry: undefined };
    const { content, ...entry } = state;
    const renderings = content === null ? [] : await contents.find(content);
    return { text, entry: renderings && { ...entry, renderings } };
  };
  const lease = async (
    args: Readonly<Record<'holder' | 'name', string>> & { readonly renew: 0 | 1 },
  ): Promise<EntryLease | undefined> => {
    // Redis took it later than this.
    const until = Date.now() + leaseMs;
    const [name, crashed] = await takeScript(redis, { due, leases }, { ...args, leaseMs });
    return name === '' ? undefined : { name, crashed: crashed === 1, until };
  };
  return {
    find: async (name) => {
      const found = await read(name);
      // Its content is dropped when it ends, perhaps since the state was read.
      return found.text === '' || found.entry !== undefined ? found : read(name);
    },
    take: (holder, name = '') => lease({ holder, name, renew: 0 }),
    renew: (holder, name) => lease({ holder, name, renew: 1 }),
    write: async (before, entry, { waitMs, holder = '' }) => {
      const { name } = entry;
      const { renderings, ...state } = entry;
      const content = renderings.length === 0 ? null : await contents.keep(renderings);
      const value = sealText(sealer, locationOf(name), { ...state, content });
      const done = await storeScript(
        redis,
        { entry: keys.outboxEntry(name), due, leases },
        {
          name,
          expected: before.text,
          value,
          waitMs: waitMs === null ? '' : Math.max(0, Math.round(waitMs)),
          holder,
          ttlMs,
          maxDue,
        },
      );
      if (done === -1) throw new Error(`more than ${maxDue} answers wait for Slack`);
      // Content that was replaced or delivered is no longer needed.
      if (done === 1 && before.entry !== undefined) await contents.drop(before.entry.renderings, content);
      return done === 1;
    },
    forget: async (name) => {
      await redis.zrem(due, name);
      await redis.hdel(leases, name);
    },
  };
};

/** Contents by an id of their own. Each is stored and read once by a process, as long as it remembers it. */
const createContents = (redis: RedisClient, sealer: Sealer) => {
  const byId = new Map<string, readonly Rendering[]>();
  const ids = new WeakMap<readonly Rendering[], string>();
  const locationOf = (id: string): RecordLocation => ({
    kind: 'outbox-content',
    key: keys.outboxContent(id),
  });
  const remember = (id: string, renderings: readonly Rendering[]): void => {
    byId.set(id, renderings);
    ids.set(renderings, id);
    const [oldest] = byId.keys();
    if (byId.size > maxRemembered && oldest !== undefined) byId.delete(oldest);
  };
  return {
    keep: async (renderings: readonly Rendering[]): Promise<string> => {
      const known = ids.get(renderings);
      if (known !== undefined) return known;
      const id = randomUUID();
      const packed = (await compressJson(withoutRepeats(renderings))).toString('base64');
      await redis.set(keys.outboxContent(id), sealText(sealer, locationOf(id), packed), 'PX', ttlMs);
      remember(id, renderings);
      return id;
    },
    find: async (id: string): Promise<readonly Rendering[] | undefined> => {
      const known = byId.get(id);
      if (known !== undefined) return known;
      const text = await redis.get(keys.outboxContent(id));
      const packed = text === null ? undefined : openText(sealer, locationOf(id), text);
      if (typeof packed !== 'string') return undefined;
      const renderings = withRepeats(await expandJson<StoredContent>(Buffer.from(packed, 'base64')));
      remember(id, renderings);
      return renderings;
    },
    /** Deletes contents unless they have this id. */
    drop: async (renderings: readonly Rendering[], kept: string | null): Promise<void> => {
      const id = ids.get(renderings);
      if (id === undefined || id === kept) return;
      byId.delete(id);
      await redis.del(keys.outboxContent(id));
    },
  };
};

/** Renderings as they are stored: a file that several of them share, which may be large, is written once. */
interface StoredContent {
  readonly files: readonly Upload[];
  /** Each with the index of its file. */
  readonly renderings: readonly (Omit<Rendering, 'file'> & { readonly file?: number | undefined })[];
}

const withoutRepeats = (renderings: readonly Rendering[]): StoredContent => {
  const files = [...new Set(renderings.flatMap(({ file }) => file ?? []))];
  return {
    files,
    renderings: renderings.map(({ file, ...rendering }) => ({
      ...rendering,
      file: file && files.indexOf(file),
    })),
  };
};

const withRepeats = ({ files, renderings }: StoredContent): readonly Rendering[] =>
  renderings.map(({ file, ...rendering }) => ({
    ...rendering,
    file: file === undefined ? undefined : files[file],
  }));

/** Encrypts a value and seals it, as every record in Redis is. */
const sealText = (sealer: Sealer, location: RecordLocation, value: unknown): string =>
  sealer.seal(location, sealer.encrypt(location, JSON.stringify(value)));

/** Opens a value; undefined if this bot did not store it there. */
const openText = (sealer: Sealer, location: RecordLocation, text: string): unknown => {
  const encrypted = sealer.open(location, text);
  const plain = encrypted === undefined ? undefined : sealer.decrypt(location, encrypted);
  return plain === undefined ? undefined : JSON.parse(plain);
};
