import { createHash } from 'node:crypto';
import { z } from 'zod';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { compareAndSet } from '../../redis/versioned-value';
import type { RecordLocation, Sealer } from '../../signing/seal-record';
import { MessageRef } from '../../slack/api/message-ref';

/** The message and thread of a group of alerts, from its first notification until it is resolved. */
const AlertThread = z.object({
  /** Increases each time that the group fires after it was resolved. */
  episode: z.number(),
  /** When this episode began (ms since the epoch). */
  since: z.number(),
  /** The job that posts the message. Absent in records of earlier versions: any job may. */
  by: z.string().optional(),
  /** When the newest notification that counts here came (ms since the epoch). Absent in records of earlier versions. */
  latest: z.number().optional(),
  /** Null until the message is posted. */
  ref: MessageRef.nullable(),
  resolved: z.boolean(),
});
export type AlertThread = z.infer<typeof AlertThread>;

/** Returns when the newest notification of an episode came. */
export const latestOf = ({ latest, since }: AlertThread): number => latest ?? since;

export interface AlertThreads {
  readonly find: (group: string) => Promise<AlertThread | undefined>;
  /**
   * Returns the open episode of a group, and notes that the group fired at this time; begins one that the job `by` posts
   * if there is none. Undefined: the group was resolved after it.
   */
  readonly open: (group: string, firedAt: number, by: string) => Promise<AlertThread | undefined>;
  /** Changes the episode. False if another one has begun, or another process changed it meanwhile. */
  readonly change: (
    group: string,
    episode: number,
    change: Partial<Pick<AlertThread, 'ref' | 'resolved' | 'latest'>>,
  ) => Promise<boolean>;
}

const field = 'thread';
/** Longer than any interval at which Alertmanager repeats notifications. */
const ttlMs = 60 * 86_400_000;

/** Identifies a group by a hash of its key, which holds labels. */
export const groupOf = (groupKey: string): string =>
  createHash('sha256').update(groupKey).digest('hex').slice(0, 32);

export const createAlertThreads = (redis: RedisClient, sealer: Sealer): AlertThreads => {
  const locationOf = (group: string): RecordLocation => ({
    kind: 'alert-thread',
    key: keys.alertThread(group),
    field,
  });
  const read = async (group: string): Promise<{ stored: string; thread: AlertThread | undefined }> => {
    const stored = (await redis.hget(keys.alertThread(group), field)) ?? '';
    const text = stored === '' ? undefined : sealer.open(locationOf(group), stored);
    return { stored, thread: text === undefined ? undefined : AlertThread.parse(JSON.parse(text)) };
  };
  const write = (group: string, expected: string, thread: AlertThread): Promise<boolean> =>
    compareAndSet(redis, keys.alertThread(group), {
      field,
      expected,
      next: sealer.seal(locationOf(group), JSON.stringify(thread)),
      ttlMs,
    });

  const open: AlertThreads['open'] = async (group, firedAt, by) => {
    const { stored, thread } = await read(group);
    const isOlder = thread !== undefined && firedAt < latestOf(thread);
    if (isOlder) return thread.resolved ? undefined : thread;
    // The time keeps numbers unique where the record was lost.
    const episode = Math.max((thread?.episode ?? 0) + 1, firedAt);
    const next =
      thread === undefined || thread.resolved
        ? { episode, since: firedAt, by, latest: firedAt, ref: null, resolved: false }
        : { ...thread, latest: firedAt };
    return (await write(group, stored, next)) ? next : open(group, firedAt, by);
  };

  return {
    find: async (group) => (await read(group)).thread,
    open,
    change: async (group, episode, change) => {
      const { stored, thread } = await read(group);
      if (thread?.episode !== episode) return false;
      return write(group, stored, { ...thread, ...change });
    },
  };
};
