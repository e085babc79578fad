import { z } from 'zod';
import type { Mute } from '../../report/mutes';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { runScript } from '../../redis/script';

const Stored = z.object({
  check: z.string(),
  subject: z.string().nullable(),
  by: z.string(),
  reason: z.string(),
  createdMs: z.number(),
  untilMs: z.number(),
});

/** Nothing is muted for longer: what lasts for ever should be mended, or the check left out. */
export const longestMuteMs = 90 * 86_400_000;

/** Mutes that have ended are kept this long, for digests to tell of them. */
const keptEndedMs = 8 * 86_400_000;

/** So many mutes a cluster may have. */
const mostMutes = 500;

/** A mute, and where it holds. */
export interface ClusterMute extends Mute {
  readonly cluster: string;
}

/** What names a mute on a cluster. */
export type MuteKey = Pick<Mute, 'check' | 'subject'>;

export interface Mutes {
  /** The mutes of a cluster that have not ended at `nowMs` (ms since the epoch), those that end first in front. */
  readonly of: (cluster: string, nowMs: number) => Promise<readonly Mute[]>;
  /** The same of several clusters. */
  readonly list: (clusters: readonly string[], nowMs: number) => Promise<readonly ClusterMute[]>;
  /** Those whose end lies after `fromMs` and not after `toMs`, also in the past, as far as they are still kept. */
  readonly endingBetween: (
    clusters: readonly string[],
    fromMs: number,
    toMs: number,
  ) => Promise<readonly ClusterMute[]>;
  /** Adds a mute, in place of one of the same check and subject. `full`: the cluster has as many as it may have. */
  readonly add: (cluster: string, mute: Mute) => Promise<'added' | 'replaced' | 'full'>;
  /** Takes a mute away, and gives it; undefined where there is none. */
  readonly remove: (cluster: string, key: MuteKey, nowMs: number) => Promise<Mute | undefined>;
}

const fieldOf = ({ check, subject }: MuteKey): string => JSON.stringify([check, subject]);

/**
 * Lets go of those that ended too long ago, and adds one where there is room. Of two who add the same at once the
 * later counts; nothing of the others is lost. KEYS[1] the cluster's mutes; ARGV: field, mute, end before which
 * mutes are forgotten, most that may be kept, how long (ms) the key lives from now.
 */
const addScript = `
local all = redis.call('HGETALL', KEYS[1])
local count = 0
for i = 1, #all, 2 do
  if cjson.decode(all[i + 1]).untilMs < tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], all[i])
  else
    count = count + 1
  end
end
local known = redis.call('HEXISTS', KEYS[1], ARGV[1])
if known == 0 and count >= tonumber(ARGV[4]) then return 'full' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
if known == 1 then return 'replaced' end
return 'added'`;

const removeScript = `
local text = redis.call('HGET', KEYS[1], ARGV[1])
if text then redis.call('HDEL', KEYS[1], ARGV[1]) end
return text`;

/** Mutes, one hash a cluster, which expires by itself when its last mute is long over. */
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
    add: async (cluster, mute) =>
      (await runScript(
        redis,
        addScript,
        [keys.mutesOf(cluster)],
        [
          fieldOf(mute),
          JSON.stringify(Stored.parse(mute)),
          mute.createdMs - keptEndedMs,
          mostMutes,
          longestMuteMs + keptEndedMs,
        ],
      )) as 'added' | 'replaced' | 'full',
    remove: async (cluster, key, nowMs) => {
      const text = await runScript(redis, removeScript, [keys.mutesOf(cluster)], [fieldOf(key)]);
      const mute = typeof text === 'string' ? parse(text) : undefined;
      return mute !== undefined && mute.untilMs > nowMs ? mute : undefined;
    },
  };
};

const parse = (text: string): Mute => Stored.parse(JSON.parse(text));
