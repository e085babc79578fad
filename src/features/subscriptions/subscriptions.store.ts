import { z } from 'zod';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { versionedRecords } from '../../redis/versioned-value';
import type { Sealer } from '../../signing/seal-record';

export const Subscription = z.object({
  cluster: z.string(),
  channel: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  /** Slack id of the person who subscribed last: this person's rights decide. */
  owner: z.string(),
  /** Minimum severity of findings that are posted. */
  severity: z.enum(['error', 'warning']),
  /** A check's id or a glob; null: all. */
  check: z.string().nullable(),
  /** The peer that the cluster is checked for; null: all. */
  peer: z.string().nullable(),
  everyMs: z.number(),
  /** False: a changed verdict stays in the thread. Records of earlier versions lack it. */
  broadcast: z.boolean().default(true),
  /** Time of the channel's first subscription (ms since the epoch). */
  createdMs: z.number(),
  paused: z
    .object({
      at: z.number(),
      /**
       * `owner` may no longer see the cluster; `channel` refused messages repeatedly; `cluster` is no longer
       * configured.
       */
      why: z.enum(['owner', 'channel', 'cluster']),
    })
    .nullable(),
  /** Incremented with each change. */
  version: z.number(),
});
export type Subscription = z.infer<typeof Subscription>;

export type Pause = NonNullable<Subscription['paused']>['why'];

/** A channel has one subscription per cluster. */
export type SubscriptionKey = Pick<Subscription, 'cluster' | 'channel'>;

/** Stores subscriptions as people made them. Schedulers are derived from these, so a lost queue loses none. */
export interface Subscriptions {
  readonly all: () => Promise<readonly Subscription[]>;
  readonly find: (key: SubscriptionKey) => Promise<Subscription | undefined>;
  /** Stores a subscription, replaces the channel's earlier one of this cluster, and ends a pause. */
  readonly put: (
    request: Omit<Subscription, 'version' | 'paused' | 'createdMs'>,
    nowMs: number,
  ) => Promise<{ readonly stored: Subscription; readonly before: Subscription | undefined }>;
  /** False: another process changed or removed it meanwhile. */
  readonly pause: (read: Subscription, why: Pause, nowMs: number) => Promise<boolean>;
  /** Removes a subscription and returns it; undefined if there is none. */
  readonly remove: (key: SubscriptionKey) => Promise<Subscription | undefined>;
}

const fieldOf = ({ channel, cluster }: SubscriptionKey): string => `${channel}/${cluster}`;

export const createSubscriptions = (redis: RedisClient, sealer: Sealer): Subscriptions => {
  const records = versionedRecords(redis, sealer, {
    kind: 'subscription',
    key: keys.subscriptions,
    schema: Subscription,
  });
  const find: Subscriptions['find'] = (key) => records.find(fieldOf(key));
  return {
    find,
    all: records.all,
    put: async (request, nowMs) => {
      for (;;) {
        const before = await find(request);
        const version = before?.version ?? 0;
        const stored: Subscription = {
          ...request,
          createdMs: before?.createdMs ?? nowMs,
          paused: null,
          version: version + 1,
        };
        if (await records.put(fieldOf(request), version, stored)) return { stored, before };
      }
    },
    pause: (read, why, nowMs) =>
      records.put(fieldOf(read), read.version, {
        ...read,
        paused: { at: nowMs, why },
        version: read.version + 1,
      }),
    remove: (key) => records.take(fieldOf(key)),
  };
};
