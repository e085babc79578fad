import { z } from 'zod';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { runScript } from '../../redis/script';

export const Subscription = z.object({
  cluster: z.string(),
  channel: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  /** Slack's id of whoever made it last: by this person's rights it lives. */
  owner: z.string(),
  /** What the channel wants to hear of: `error` is nothing less. */
  severity: z.enum(['error', 'warning']),
  /** A check's id or a glob; null: all. */
  check: z.string().nullable(),
  /** The peer that the cluster is checked for; null: all. */
  peer: z.string().nullable(),
  everyMs: z.number(),
  /** When the channel first subscribed (ms since the epoch). */
  createdMs: z.number(),
  paused: z
    .object({
      at: z.number(),
      /**
       * `owner`: who may no longer see the cluster. `channel`: refused it again and again. `cluster`: no longer
       * configured.
       */
      why: z.enum(['owner', 'channel', 'cluster']),
    })
    .nullable(),
  /** Goes up with each change. */
  version: z.number(),
});
export type Subscription = z.infer<typeof Subscription>;

export type Pause = NonNullable<Subscription['paused']>['why'];

/** A channel has one subscription of a cluster. */
export type SubscriptionKey = Pick<Subscription, 'cluster' | 'channel'>;

/** Subscriptions as people made them. Schedulers are made from these, so a lost queue loses none. */
export interface Subscriptions {
  readonly all: () => Promise<readonly Subscription[]>;
  readonly find: (key: SubscriptionKey) => Promise<Subscription | undefined>;
  /** Stores it in place of the channel's earlier one of this cluster, which is given. It is not paused then. */
  readonly put: (
    wanted: Omit<Subscription, 'version' | 'paused' | 'createdMs'>,
    nowMs: number,
  ) => Promise<{ readonly stored: Subscription; readonly before: Subscription | undefined }>;
  /** False: somebody changed or ended it meanwhile. */
  readonly pause: (read: Subscription, why: Pause, nowMs: number) => Promise<boolean>;
  /** Ends it, and gives what it was; undefined where there is none. */
  readonly remove: (key: SubscriptionKey) => Promise<Subscription | undefined>;
}

const fieldOf = ({ channel, cluster }: SubscriptionKey): string => `${channel}/${cluster}`;

/**
 * Replaces a field of a hash where it still is of the version that was read.
 * KEYS[1] the hash; ARGV[1] the field; ARGV[2] the version read, 0 for none; ARGV[3] the new text.
 */
const replace = `
local now = redis.call('HGET', KEYS[1], ARGV[1])
local version = 0
if now then version = cjson.decode(now).version end
if version ~= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`;

const take = `
local now = redis.call('HGET', KEYS[1], ARGV[1])
if now then redis.call('HDEL', KEYS[1], ARGV[1]) end
return now`;

const parse = (text: string): Subscription => Subscription.parse(JSON.parse(text));

export const createSubscriptions = (redis: RedisClient): Subscriptions => {
  const find: Subscriptions['find'] = async (key) => {
    const text = await redis.hget(keys.subscriptions, fieldOf(key));
    return text === null ? undefined : parse(text);
  };
  const swap = async (before: number, after: Subscription): Promise<boolean> =>
    (await runScript(
      redis,
      replace,
      [keys.subscriptions],
      [fieldOf(after), before, JSON.stringify(Subscription.parse(after))],
    )) === 1;
  return {
    find,
    all: async () => (await redis.hvals(keys.subscriptions)).map(parse),
    put: async (wanted, nowMs) => {
      for (;;) {
        const before = await find(wanted);
        const stored: Subscription = {
          ...wanted,
          createdMs: before?.createdMs ?? nowMs,
          paused: null,
          version: (before?.version ?? 0) + 1,
        };
        if (await swap(before?.version ?? 0, stored)) return { stored, before };
      }
    },
    pause: (read, why, nowMs) =>
      swap(read.version, { ...read, paused: { at: nowMs, why }, version: read.version + 1 }),
    remove: async (key) => {
      const text = await runScript(redis, take, [keys.subscriptions], [fieldOf(key)]);
      return typeof text === 'string' ? parse(text) : undefined;
    },
  };
};
