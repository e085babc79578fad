import { join } from 'node:path';
import { z } from 'zod';
import type { Mute } from '../../report/mutes';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { defineScript } from '../../redis/script';
import { compareAndSet, takeField } from '../../redis/versioned-value';
import type { RecordLocation, Sealer } from '../../signing/seal-record';

const StoredMute = z.object({
  check: z.string(),
  subject: z.string().nullable(),
  by: z.string(),
  reason: z.string(),
  createdMs: z.number(),
  untilMs: z.number(),
  otherSides: z.array(z.string()).optional(),
  pattern: z.string().optional(),
});

/** Longest mute: a problem that lasts should be fixed, or its check left out. */
export const maxMuteMs = 90 * 86_400_000;

/** Ended mutes are kept this long, so that digests can report them. */
const keptEndedMs = 8 * 86_400_000;

/** Per cluster. */
const maxMutes = 500;

/** A mute and its cluster. */
export interface ClusterMute extends Mute {
  readonly cluster: string;
}

/** Identifies a mute on a cluster. */
export type MuteKey = Pick<Mute, 'check' | 'subject'>;

export interface Mutes {
  /** The mutes of a cluster that have not ended at `nowMs` (ms since the epoch), sorted by their end. */
  readonly of: (cluster: string, nowMs: number) => Promise<readonly Mute[]>;
  /** The mutes of several clusters, in the same order. */
  readonly list: (clusters: readonly string[], nowMs: number) => Promise<readonly ClusterMute[]>;
  /** The mutes that end after `fromMs` and not after `toMs`. Ended ones are found for eight days. */
  readonly endingBetween: (
    clusters: readonly string[],
    fromMs: number,
    toMs: number,
  ) => Promise<readonly ClusterMute[]>;
  /** Adds a mute or replaces that of the same check and subject. `full`: the cluster has 500 mutes, the maximum. */
  readonly add: (cluster: string, mute: Mute) => Promise<'added' | 'replaced' | 'full'>;
  /** Removes a mute and returns it; undefined if there is none. */
  readonly remove: (cluster: string, key: MuteKey, nowMs: number) => Promise<Mute | undefined>;
  /** Removes a mute that was read. False: it was removed or replaced meanwhile. */
  readonly removeUnchanged: (mute: ClusterMute) => Promise<boolean>;
}

const fieldOf = ({ check, subject }: MuteKey): string => JSON.stringify([check, subject]);

const addScript = defineScript({
  file: join(__dirname, 'add-mute.lua'),
  keys: ['mutes'],
  args: ['field', 'mute', 'maxMutes', 'ttlMs'],
  reply: z.enum(['added', 'replaced', 'full']),
});

/** Stores mutes as one hash a cluster, which expires once its last mute is long over. */
export const createMutes = (redis: RedisClient, sealer: Sealer): Mutes => {
  const locationOf = (cluster: string, field: string): RecordLocation => ({
    kind: 'mute',
    key: keys.mutesOf(cluster),
    field,
  });
  const open = (cluster: string, field: string, stored: string): Mute | undefined => {
    const text = sealer.open(locationOf(cluster, field), stored);
    return text === undefined ? undefined : StoredMute.parse(JSON.parse(text));
  };
  /** Reads the genuine mutes of a cluster, each with its field and stored form. */
  const readStored = async (cluster: string) =>
    Object.entries(await redis.hgetall(keys.mutesOf(cluster))).flatMap(([field, stored]) => {
      const mute = open(cluster, field, stored);
      return mute === undefined ? [] : [{ field, stored, mute: { ...mute, cluster } }];
    });
  const read = async (clusters: readonly string[]): Promise<readonly ClusterMute[]> => {
    const all = await Promise.all(clusters.map(readStored));
    return all
      .flat()
      .map(({ mute }) => mute)
      .sort((a, b) => a.untilMs - b.untilMs);
  };
  const list: Mutes['list'] = async (clusters, nowMs) =>
    (await read(clusters)).filter(({ untilMs }) => untilMs > nowMs);
  return {
    of: async (cluster, nowMs) => (await list([cluster], nowMs)).map(({ cluster: _, ...mute }) => mute),
    list,
    endingBetween: async (clusters, fromMs, toMs) =>
      (await read(clusters)).filter(({ untilMs }) => untilMs > fromMs && untilMs <= toMs),
    add: async (cluster, mute) => {
      const field = fieldOf(mute);
      const forgetBefore = mute.createdMs - keptEndedMs;
      const old = (await readStored(cluster)).filter((one) => one.mute.untilMs < forgetBefore);
      return addScript(
        redis,
        { mutes: keys.mutesOf(cluster) },
        {
          field,
          mute: sealer.seal(locationOf(cluster, field), JSON.stringify(StoredMute.parse(mute))),
          maxMutes,
          ttlMs: maxMuteMs + keptEndedMs,
        },
        Object.fromEntries(old.map((one) => [one.field, one.stored])),
      );
    },
    remove: async (cluster, key, nowMs) => {
      const field = fieldOf(key);
      const stored = await takeField(redis, keys.mutesOf(cluster), field);
      const mute = stored === null ? undefined : open(cluster, field, stored);
      return mute !== undefined && mute.untilMs > nowMs ? mute : undefined;
    },
    removeUnchanged: async ({ cluster, ...mute }) => {
      const hash = keys.mutesOf(cluster);
      const field = fieldOf(mute);
      const expected = await redis.hget(hash, field);
      const stored = expected === null ? undefined : open(cluster, field, expected);
      if (expected === null || stored?.createdMs !== mute.createdMs || stored.by !== mute.by) return false;
      return compareAndSet(redis, hash, { field, expected, next: null });
    },
  };
};
