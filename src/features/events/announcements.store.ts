import { z } from 'zod';
import { keys } from '../../redis/keys';
import { acquireLock, releaseLock } from '../../redis/lock';
import type { RedisClient } from '../../redis/redis';
import { compareAndSet } from '../../redis/versioned-value';
import type { IssueState } from '../../report/track-changes';
import type { RecordLocation, Sealer } from '../../signing/seal-record';
import type { FoundEvent } from './found-event';

/** A change that no receiver was notified of before. */
export interface Announcement {
  readonly found: FoundEvent;
  readonly before: IssueState;
  readonly sequence: number;
}

const Announced = z.object({
  state: z.enum(['error', 'warning', 'muted', 'gone']),
  before: z.enum(['error', 'warning', 'muted', 'gone']),
  flapping: z.boolean(),
  sequence: z.number(),
  /** The change that led to it. */
  change: z.string(),
  /** ms since the epoch. */
  at: z.number(),
});
type Announced = z.infer<typeof Announced>;

/** The last state of each finding that was announced, and what receivers have accepted. */
export interface Announcements {
  /**
   * Notes a change. Returns it if it is new, and again if it is the latest; undefined if another subscription has
   * announced the state already.
   */
  readonly note: (found: FoundEvent) => Promise<Announcement | undefined>;
  /** The sequence number of the latest change of a finding. */
  readonly latest: (issue: string) => Promise<number>;
  readonly isDelivered: (delivery: string) => Promise<boolean>;
  readonly noteDelivered: (delivery: string) => Promise<void>;
  /** Acquires the lock to send events about a finding to a receiver. */
  readonly acquireLock: (receiver: string, issue: string, holder: string) => Promise<boolean>;
  readonly releaseLock: (receiver: string, issue: string, holder: string) => Promise<void>;
}

const field = 'state';
const dayMs = 86_400_000;
/** Time in ms after which a finding without a change is forgotten. An open one is needed to resolve it. */
const ttlMs = { open: 400 * dayMs, over: 60 * dayMs } as const;
const deliveredTtlMs = 7 * dayMs;
/** Longer than one attempt to send, in ms. */
const lockMs = 20_000;

export const createAnnouncements = (redis: RedisClient, sealer: Sealer): Announcements => {
  const locationOf = (issue: string): RecordLocation => ({
    kind: 'announced',
    key: keys.announced(issue),
    field,
  });
  const deliveredAt = (delivery: string): RecordLocation => ({
    kind: 'event-delivered',
    key: keys.eventDelivered(delivery),
  });
  const read = async (issue: string): Promise<{ readonly stored: string; readonly last?: Announced }> => {
    const stored = (await redis.hget(keys.announced(issue), field)) ?? '';
    const text = stored === '' ? undefined : sealer.open(locationOf(issue), stored);
    return text === undefined ? { stored } : { stored, last: Announced.parse(JSON.parse(text)) };
  };

  const note = async (found: FoundEvent): Promise<Announcement | undefined> => {
    const { issue, change, state, flapping, at } = found;
    const { stored, last } = await read(issue);
    if (last?.change === change) return { found, before: last.before, sequence: last.sequence };
    const before = last?.state ?? 'gone';
    const isKnown = before === state && (last?.flapping ?? false) === flapping;
    if (isKnown || (last !== undefined && last.at > at)) return undefined;
    // Times go on where the record was lost, so that a receiver takes no new event for an old one.
    const sequence = Math.max((last?.sequence ?? 0) + 1, at);
    const next = sealer.seal(
      locationOf(issue),
      JSON.stringify({ state, before, flapping, sequence, change, at } satisfies Announced),
    );
    const isOver = state === 'gone' || state === 'muted';
    const written = await compareAndSet(redis, keys.announced(issue), {
      field,
      expected: stored,
      next,
      ttlMs: isOver ? ttlMs.over : ttlMs.open,
    });
    return written ? { found, before, sequence } : note(found);
  };

  return {
    note,
    latest: async (issue) => (await read(issue)).last?.sequence ?? 0,
    isDelivered: async (delivery) => {
      const stored = await redis.get(keys.eventDelivered(delivery));
      return stored !== null && sealer.open(deliveredAt(delivery), stored) !== undefined;
    },
    noteDelivered: async (delivery) => {
      const sealed = sealer.seal(deliveredAt(delivery), 'delivered');
      await redis.set(keys.eventDelivered(delivery), sealed, 'PX', deliveredTtlMs);
    },
    acquireLock: (receiver, issue, holder) =>
      acquireLock(redis, keys.eventLock(receiver, issue), holder, lockMs),
    releaseLock: (receiver, issue, holder) => releaseLock(redis, keys.eventLock(receiver, issue), holder),
  };
};
