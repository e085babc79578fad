import { isDeepStrictEqual } from 'node:util';
import type { JobSchedulerJson, Queue } from 'bullmq';
import type { Logger } from 'pino';
import type { QueueName } from '../config/env';
import type { RedisClient } from '../redis/redis';
import { openQueue } from './open-queue';

/** A job that shall be queued again and again. */
export interface SchedulerDefinition {
  /** Unique in its queue, begins with the prefix of its kind, and holds no colon: BullMQ splits its keys there. */
  readonly id: string;
  /** By cron in a time zone, or so many ms apart; the latter begins at once. */
  readonly repeat: { readonly pattern: string; readonly tz: string } | { readonly every: number };
  /** The job's name. It only queues the plain job of one run: scheduler jobs are exempt from the stall limit. */
  readonly name: string;
  /** JSON-safe: compared with what was stored. */
  readonly data: unknown;
}

/** What BullMQ is asked for. */
export type SchedulerQueue = Pick<
  Queue,
  'getJobSchedulers' | 'upsertJobScheduler' | 'removeJobScheduler' | 'getJob'
>;

/** A scheduler's next run counts as lost where its job is gone this long (ms) after it was due. */
const graceMs = 30_000;

/** So many calls to Redis at once. */
const atOnce = 100;

/**
 * Makes the schedulers of one prefix those that are wanted, and leaves those that are right alone: made anew,
 * one that is due would lose its run. Any number of processes may do it at once. `wanted` reads the stored
 * definitions; it is called after the schedulers were listed, so that one whose definition was stored meanwhile
 * is not taken for obsolete. Whoever adds a definition stores it first.
 */
export const syncSchedulers = async (
  queue: SchedulerQueue,
  prefix: string,
  wanted: () => Promise<readonly SchedulerDefinition[]>,
): Promise<{ readonly made: number; readonly removed: number }> => {
  const listed = await queue.getJobSchedulers();
  const known = new Map(listed.filter(({ key }) => key.startsWith(prefix)).map((one) => [one.key, one]));
  const definitions = await wanted();
  const ids = new Set(definitions.map(({ id }) => id));
  const obsolete = [...known.keys()].filter((id) => !ids.has(id));
  await inChunks(obsolete, (id) => queue.removeJobScheduler(id));

  const now = Date.now();
  let made = 0;
  await inChunks(definitions, async (definition) => {
    const { id, name, data, repeat } = definition;
    const before = known.get(id);
    if (before !== undefined && isAsWanted(before, definition) && !(await isLost(queue, before, now))) return;
    await queue.upsertJobScheduler(id, repeat, { name, data, opts });
    made += 1;
  });
  return { made, removed: obsolete.length };
};

/** Queueing the run is tried again for a few minutes; what is left of it is of no use to anyone. */
const opts = {
  attempts: 6,
  backoff: { type: 'exponential', delay: 2000 },
  removeOnComplete: true,
  removeOnFail: { age: 24 * 3600, count: 1000 },
} as const;

const isAsWanted = (scheduler: JobSchedulerJson, { repeat, name, data }: SchedulerDefinition): boolean =>
  scheduler.name === name &&
  isDeepStrictEqual(scheduler.template?.data, data) &&
  ('every' in repeat
    ? scheduler.every === repeat.every
    : scheduler.pattern === repeat.pattern && scheduler.tz === repeat.tz);

/** Whether the job that would make the next one is gone, as after a Redis that lost some of its keys. */
const isLost = async (
  queue: SchedulerQueue,
  { key, next }: JobSchedulerJson,
  now: number,
): Promise<boolean> =>
  next === undefined || (next < now - graceMs && (await queue.getJob(`repeat:${key}:${next}`)) === undefined);

interface Keeping {
  /** A connection that fails at once while Redis is away. */
  readonly redis: RedisClient;
  readonly queue: QueueName;
  /** Makes the schedulers what they shall be. */
  readonly sync: (queue: Queue) => Promise<unknown>;
  readonly log: Logger;
  /** How often to look, in ms: a queue that was lost is whole again after that. */
  readonly everyMs?: number;
}

/** Does that at once, when Redis comes back, and by a timer, in any number of processes. */
export const keepSchedulers = (keeping: Keeping): { readonly stop: () => Promise<void> } => {
  const { redis, queue: name, sync, log, everyMs = 20_000 } = keeping;
  const { queue, close } = openQueue(name, redis);
  let running: Promise<void> | undefined;
  const look = (): void => {
    running ??= sync(queue())
      .then(
        () => undefined,
        (error: unknown) => log.warn({ reason: String(error) }, 'could not look after the schedules'),
      )
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(look, everyMs);
  redis.on('ready', look);
  look();
  return {
    stop: async () => {
      clearInterval(timer);
      redis.off('ready', look);
      await running;
      await close();
    },
  };
};

/** When the run was planned (ms since the epoch), by the id of the scheduler's job; undefined where it is none. */
export const plannedAt = (jobId: string): number | undefined => {
  const match = /^repeat:.*:(\d{10,16})$/s.exec(jobId);
  return match === null ? undefined : Number(match[1]);
};

const inChunks = async <T>(items: readonly T[], each: (item: T) => Promise<unknown>): Promise<void> => {
  for (let from = 0; from < items.length; from += atOnce) {
    await Promise.all(items.slice(from, from + atOnce).map(each));
  }
};
