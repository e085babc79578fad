import { join } from 'node:path';
import { z } from 'zod';
import type { Mute } from '../../report/mutes';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { defineScript } from '../../redis/script';
import { takeField } from '../../redis/versioned-value';

const StoredMute = z.object({
  check: z.string(),
  subject: z.string().nullable(),
  by: z.string(),
  reason: z.string(),
  createdMs: z.number(),
  untilMs: z.number(),
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
}

const fieldOf = ({ check, subject }: MuteKey): string => JSON.stringify([check, subject]);

const addScript = defineScript({
  file: join(__dirname, 'add-mute.lua'),
  keys: ['mutes'],
  args: ['field', 'mute', 'forgetBefore', 'maxMutes', 'ttlMs'],
  reply: z.enum(['added', 'replaced', 'full']),
});

/** Stores mutes as one hash a cluster, which expires once its last mute is long over. */
export const createMutes = (redis: RedisClient): Mutes => {
  const read = async (clusters: readonly string[]): Promise<readonly ClusterMute[]> => {
    const all = await Promise.all(
      clusters.map(async (cluster) =>
        (await redis.hvals(keys.mutesOf(cluster))).map((text) => ({ ...parse(text), cluster })),
      ),
    );
    return all.flat().sort((a, b) => a.untilMs - b.untilMs);
  };
  const list: Mutes['list'] = async (clusters, nowMs) =>
    (await read(clusters)).filter(({ untilMs }) => untilMs > nowMs);
  return {
    of: async (cluster, nowMs) => (await list([cluster], nowMs)).map(({ cluster: _, ...mute }) => mute),
    list,
    endingBetween: async (clusters, fromMs, toMs) =>
      (await read(clusters)).filter(({ untilMs }) => untilMs > fromMs && untilMs <= toMs),
    add: (cluster, mute) =>
      addScript(
        redis,
        { mutes: keys.mutesOf(cluster) },
        {
          field: fieldOf(mute),
          mute: JSON.stringify(StoredMute.parse(mute)),
          forgetBefore: mute.createdMs - keptEndedMs,
          maxMutes,
          ttlMs: maxMuteMs + keptEndedMs,
        },
      ),
    remove: async (cluster, key, nowMs) => {
      const text = await takeField(redis, keys.mutesOf(cluster), fieldOf(key));
      const mute = text === null ? undefined : parse(text);
      return mute !== undefined && mute.untilMs > nowMs ? mute : undefined;
    },
  };
};

const parse = (text: string): Mute => StoredMute.parse(JSON.parse(text));
