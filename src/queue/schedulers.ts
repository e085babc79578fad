import { isDeepStrictEqual } from 'node:util';
import type { JobSchedulerJson, Queue } from 'bullmq';
import type { Logger } from 'pino';
import type { QueueName } from '../config/process-uses';
import type { RedisClient } from '../redis/redis';
import type { Sealer } from '../signing/seal-record';
import { openQueue } from './open-queue';
import { type SealedPayload, sealSchedulerPayload } from './seal-payload';

/** A job that is queued repeatedly. */
export interface SchedulerDefinition {
  /** Unique in its queue, begins with the prefix of its kind, and holds no colon: BullMQ splits its keys there. */
  readonly id: string;
  /** By cron in a time zone, or at an interval in ms, which begins at once. */
  readonly repeat: { readonly pattern: string; readonly tz: string } | { readonly every: number };
  /** The job's name. It only queues the plain job of one run: scheduler jobs are exempt from the stall limit. */
  readonly name: string;
  /** JSON-safe. */
  readonly data: unknown;
}

/** The methods of a queue that schedulers need. */
export type SchedulerQueue = Pick<
  Queue,
  'getJobSchedulers' | 'upsertJobScheduler' | 'removeJobScheduler' | 'getJob'
>;

/** Seals the payload of a scheduler. Equal payloads are equal sealed, until the key changes. */
export type SealSchedule = (definition: SchedulerDefinition) => SealedPayload;

/** Returns the function that seals the schedulers of a queue. */
const sealScheduleOf =
  (sealer: Sealer, queue: QueueName): SealSchedule =>
  ({ id, name, data }) =>
    sealSchedulerPayload(sealer, { queue, name, id }, data);

/** Time in ms after which the next run of a scheduler counts as lost, if it is due and its job does not exist. */
const graceMs = 30_000;

/** Maximum concurrent calls to Redis. */
const maxAtOnce = 100;

/**
 * Reconciles the schedulers of one prefix with the stored definitions. Schedulers that are right stay untouched, since
 * one that is due would lose its run if it were replaced. Any number of processes may do it at once. `readDefinitions`
 * is called after the schedulers were listed, so that one whose definition was stored meanwhile does not count as
 * obsolete: callers store a new definition before they create its scheduler.
 */
export const syncSchedulers = async (
  queue: SchedulerQueue,
  sealSchedule: SealSchedule,
  prefix: string,
  readDefinitions: () => Promise<readonly SchedulerDefinition[]>,
): Promise<{ readonly made: number; readonly removed: number }> => {
  const listed = await queue.getJobSchedulers();
  const known = new Map(listed.filter(({ key }) => key.startsWith(prefix)).map((one) => [one.key, one]));
  const definitions = await readDefinitions();
  const ids = new Set(definitions.map(({ id }) => id));
  const obsolete = [...known.keys()].filter((id) => !ids.has(id));
  await inChunks(obsolete, (id) => queue.removeJobScheduler(id));

  const now = Date.now();
  let made = 0;
  await inChunks(definitions, async (definition) => {
    const { id, name, repeat } = definition;
    const data = sealSchedule(definition);
    const before = known.get(id);
    if (
      before !== undefined &&
      isUpToDate(before, { name, repeat, data }) &&
      !(await isLost(queue, before, now))
    )
      return;
    await queue.upsertJobScheduler(id, repeat, { name, data, opts });
    made += 1;
  });
  return { made, removed: obsolete.length };
};

/** Queueing a run is retried for a few minutes; after that the run is too late. */
const opts = {
  attempts: 6,
  backoff: { type: 'exponential', delay: 2000 },
  removeOnComplete: true,
  removeOnFail: { age: 24 * 3600, count: 1000 },
} as const;

const isUpToDate = (
  scheduler: JobSchedulerJson,
  { repeat, name, data }: Omit<SchedulerDefinition, 'id'>,
): boolean =>
  scheduler.name === name &&
  isDeepStrictEqual(scheduler.template?.data, data) &&
  ('every' in repeat
    ? scheduler.every === repeat.every
    : scheduler.pattern === repeat.pattern && scheduler.tz === repeat.tz);

/** Tells whether the job of the next run is gone, for example because Redis has lost some keys. */
const isLost = async (
  queue: SchedulerQueue,
  { key, next }: JobSchedulerJson,
  now: number,
): Promise<boolean> =>
  next === undefined || (next < now - graceMs && (await queue.getJob(`repeat:${key}:${next}`)) === undefined);

interface SchedulerKeeper {
  /** A connection that fails at once while Redis is away. */
  readonly redis: RedisClient;
  readonly queue: QueueName;
  readonly sealer: Sealer;
  /** Reconciles the schedulers. */
  readonly sync: (queue: Queue, sealSchedule: SealSchedule) => Promise<unknown>;
  readonly log: Logger;
  /** Interval of the timer in ms: a lost queue is complete again after it. */
  readonly everyMs?: number;
}

/** Reconciles schedulers now, when Redis comes back, and by a timer, in any number of processes. */
export const keepSchedulers = (keeper: SchedulerKeeper): { readonly stop: () => Promise<void> } => {
  const { redis, queue: name, sealer, sync, log, everyMs = 20_000 } = keeper;
  const { queue, close } = openQueue(name, redis);
  const sealSchedule = sealScheduleOf(sealer, name);
  let running: Promise<void> | undefined;
  const reconcile = (): void => {
    running ??= sync(queue(), sealSchedule)
      .then(
        () => undefined,
        (error: unknown) => log.warn({ reason: String(error) }, 'could not reconcile the schedulers'),
      )
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(reconcile, everyMs);
  redis.on('ready', reconcile);
  reconcile();
  return {
    stop: async () => {
      clearInterval(timer);
      redis.off('ready', reconcile);
      await running;
      await close();
    },
  };
};

/** Reads the planned time of a run (ms since the epoch) from the id of a scheduler's job; undefined for other ids. */
export const plannedAt = (jobId: string): number | undefined => {
  const match = /^repeat:.*:(\d{10,16})$/s.exec(jobId);
  return match === null ? undefined : Number(match[1]);
};

const inChunks = async <T>(items: readonly T[], each: (item: T) => Promise<unknown>): Promise<void> => {
  for (let from = 0; from < items.length; from += maxAtOnce) {
    await Promise.all(items.slice(from, from + maxAtOnce).map(each));
  }
};
