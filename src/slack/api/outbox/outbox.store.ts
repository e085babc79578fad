import { join } from 'node:path';
import { z } from 'zod';
import { compressJson, expandJson } from '../../../redis/compressed-json';
import { keys } from '../../../redis/keys';
import type { RedisClient } from '../../../redis/redis';
import { defineScript } from '../../../redis/script';
import type { RecordLocation, Sealer } from '../../../signing/seal-record';
import type { OutboxEntry } from './entry';

const takeScript = defineScript({
  file: join(__dirname, 'take-entry.lua'),
  keys: ['due', 'leases'],
  args: ['holder', 'leaseMs', 'name'],
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
  /** Stores an entry in place of the one that was read. False: it or its lease changed meanwhile. */
  readonly write: (before: StoredEntry, entry: OutboxEntry, options: WriteOptions) => Promise<boolean>;
  /** Forgets the name of an entry that is gone. */
  readonly forget: (name: string) => Promise<void>;
}

/** The lease of a dead process ends after this time. A longer call to Slack renews its lease. */
const leaseMs = 15_000;
/** An answer that was delivered is known this long, in case its job runs again. */
const ttlMs = 24 * 3_600_000;
/** Maximum answers on their way. */
const maxDue = 20_000;

export const createOutboxStore = (redis: RedisClient, sealer: Sealer): OutboxStore => {
  const { outboxDue: due, outboxLeases: leases } = keys;
  const locationOf = (name: string): RecordLocation => ({ kind: 'outbox', key: keys.outboxEntry(name) });
  return {
    find: async (name) => {
      const text = (await redis.get(keys.outboxEntry(name))) ?? '';
      const encrypted = text === '' ? undefined : sealer.open(locationOf(name), text);
      const packed = encrypted === undefined ? undefined : sealer.decrypt(locationOf(name), encrypted);
      if (packed === undefined) return { text, entry: undefined };
      return { text, entry: await expandJson<OutboxEntry>(Buffer.from(packed, 'base64')) };
    },
    take: async (holder, name = '') => {
      const [taken, crashed] = await takeScript(redis, { due, leases }, { holder, leaseMs, name });
      return taken === '' ? undefined : { name: taken, crashed: crashed === 1 };
    },
    write: async (before, entry, { waitMs, holder = '' }) => {
      const { name } = entry;
      const packed = (await compressJson(entry)).toString('base64');
      const value = sealer.seal(locationOf(name), sealer.encrypt(locationOf(name), packed));
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
      return done === 1;
    },
    forget: async (name) => {
      await redis.zrem(due, name);
      await redis.hdel(leases, name);
    },
  };
};
