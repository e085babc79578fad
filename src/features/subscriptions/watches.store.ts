import type { Summary, Verdict } from '../../report/report';
import type { Change, TrackedCluster } from '../../report/track-changes';
import { readStoredTracking } from '../../report/stored-names';
import { keys } from '../../redis/keys';
import type { MessageRef } from '../../slack/api/message-ref';
import type { RedisClient } from '../../redis/redis';
import { compareAndSet } from '../../redis/versioned-value';
import { compressJson, expandJson } from '../../redis/compressed-json';
import type { FoundEvent } from '../events';
import type { Subscription, SubscriptionKey } from './subscriptions.store';
import { releaseLock, acquireLock } from '../../redis/lock';
import type { RecordLocation, Sealer } from '../../signing/seal-record';

/** The reported changes of one poll. */
interface PolledChanges {
  /** Goes up with each, so that each has a name of its own. */
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly verdict: Verdict;
  readonly changes: readonly Change[];
  /** Changes that are only counted. */
  readonly more: number;
  /** The clusters whose people on call the reply mentions, if no other message does. */
  readonly turned?: readonly string[] | undefined;
  /** True if they turned before, when nobody was to be mentioned. */
  readonly isLate?: boolean | undefined;
}

/** The result of the last poll of one cluster of several. */
export interface ClusterPoll {
  readonly verdict: Verdict;
  readonly problem: string | null;
  readonly run: string | null;
  readonly own: boolean;
  readonly startedMs: number;
}

/** The result of the last poll of the cluster. */
export interface LastPoll {
  /** ms since the epoch. */
  readonly at: number;
  readonly summary: Summary | null;
  /** The reason why it could not be read; null if it could. */
  readonly problem: string | null;
  /** The stored run with the details; null if there is none. */
  readonly run: string | null;
  /** True if the subscription stored that run, and so may replace it with an equal one. */
  readonly own: boolean;
  /** When that run began (ms since the epoch). */
  readonly startedMs: number;
  /** Those that a subscription to several clusters polled, by their names; `run` is null then. */
  readonly clusters?: Readonly<Record<string, ClusterPoll>> | undefined;
}

/** State of a subscription between two polls. */
export interface Watch {
  /** The subscription that it belongs to: a later one of the same channel starts again. */
  readonly createdMs: number;
  /** The filters. After a change, nothing is compared with earlier polls. */
  readonly scope: string;
  readonly tracked: TrackedCluster;
  /** The other sides of peerings that all of this may be about. Absent in states of earlier versions. */
  readonly otherSides?: readonly string[] | undefined;
  readonly look: LastPoll;
  /** The planned time of the last poll (ms since the epoch). */
  readonly planned: number;
  /** The latest posted changes, newest first. */
  readonly story: readonly PolledChanges[];
  /** Changes that are not posted yet, oldest first. */
  readonly pending: readonly PolledChanges[];
  /** Events that are not announced yet, oldest first. Absent in states of earlier versions. */
  readonly events?: readonly FoundEvent[] | undefined;
  readonly nextSeq: number;
  readonly card: {
    readonly ref: MessageRef | null;
    /** Increases if the card is posted again. */
    readonly count: number;
    /** When this card was first to be posted (ms since the epoch). */
    readonly since: number;
    /** Hash of its contents, and the time of its last edit. */
    readonly shown: string;
    readonly shownAt: number;
  };
  /** Number of consecutive refusals by the channel. */
  readonly refusals: number;
}

/** Identifies a state that was read: its stored form. */
export type WatchVersion = string;

export interface Watches {
  /** With the version that a change must name. */
  readonly read: (
    key: SubscriptionKey,
  ) => Promise<{ readonly version: WatchVersion; readonly watch: Watch | undefined }>;
  /** Returns the new version; undefined if another process wrote meanwhile. */
  readonly write: (
    key: SubscriptionKey,
    version: WatchVersion,
    watch: Watch,
  ) => Promise<WatchVersion | undefined>;
  readonly drop: (key: SubscriptionKey) => Promise<void>;
  /** Acquires or renews the lock to post for a subscription; false if another process has it. */
  readonly acquireLock: (key: SubscriptionKey, holder: string, forMs: number) => Promise<boolean>;
  readonly releaseLock: (key: SubscriptionKey, holder: string) => Promise<void>;
}

/** A subscription that is no longer polled is forgotten. */
const ttlMs = 60 * 86_400_000;

const field = 'watch';

export const createWatches = (redis: RedisClient, sealer: Sealer): Watches => {
  const keyOf = ({ channel, cluster }: SubscriptionKey): string => keys.watch(channel, cluster);
  const lockKeyOf = ({ channel, cluster }: SubscriptionKey): string => keys.watchLock(channel, cluster);
  const locationOf = (key: SubscriptionKey): RecordLocation => ({ kind: 'watch', key: keyOf(key), field });
  return {
    read: async (key) => {
      const version = (await redis.hget(keyOf(key), field)) ?? '';
      const text = version === '' ? undefined : sealer.open(locationOf(key), version);
      if (text === undefined) return { version, watch: undefined };
      return { version, watch: readStoredWatch(await expandJson(Buffer.from(text, 'base64'))) };
    },
    write: async (key, expected, watch) => {
      const next = sealer.seal(locationOf(key), (await compressJson(watch)).toString('base64'));
      const written = await compareAndSet(redis, keyOf(key), { field, expected, next, ttlMs });
      return written ? next : undefined;
    },
    drop: async (key) => {
      await redis.del(keyOf(key));
    },
    acquireLock: (key, holder, forMs) => acquireLock(redis, lockKeyOf(key), holder, forMs),
    releaseLock: (key, holder) => releaseLock(redis, lockKeyOf(key), holder),
  };
};

/** Version 0.1.0 stored `tracked` as `watched`, and the `ref` of a card under another name. */
interface StoredWatch extends Omit<Watch, 'card'> {
  readonly watched?: TrackedCluster;
  // oxlint-disable-next-line plain-english/words -- stored by earlier versions
  readonly card: Watch['card'] & { readonly place?: MessageRef | null };
}

// oxlint-disable-next-line plain-english/words -- stored by earlier versions
const readStoredWatch = ({ watched, card: { place, ...card }, ...watch }: StoredWatch): Watch => ({
  ...watch,
  card: { ...card, ref: card.ref ?? place ?? null },
  tracked: readStoredTracking(watched ?? watch.tracked),
});

/** Joins the filters of a subscription into one text. */
export const scopeOf = ({ check, peer }: Pick<Subscription, 'check' | 'peer'>): string =>
  JSON.stringify([check, peer]);
