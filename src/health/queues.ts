import type { Queue } from 'bullmq';
import type { Logger } from 'pino';
import { type QueueName, queueNames } from '../config/process-uses';
import { openQueue } from '../queue/open-queue';
import { within } from '../queue/within';
import type { RedisClient } from '../redis/redis';

export interface QueueState {
  readonly queue: QueueName;
  readonly counts: Readonly<Record<(typeof states)[number], number>>;
  /** Delayed jobs that are overdue: a worker would have taken them. */
  readonly overdue: number;
  /** Time since the request of the job that is next in line; undefined if none waits. */
  readonly oldestWaitingMs: number | undefined;
  /** Undefined if Redis does not list its clients, as some managed services do not. */
  readonly workers: number | undefined;
}

export interface QueueStates {
  /** Returns the state of all queues. @throws while Redis is away, within 3 s. */
  readonly look: () => Promise<readonly QueueState[]>;
  readonly close: () => Promise<void>;
}

const states = ['waiting', 'prioritized', 'delayed', 'active'] as const;
const overdueMs = 10_000;
const lookMs = 3000;

/** True if jobs wait and no worker takes them. Without a worker, active jobs were abandoned. */
export const isStuck = ({ counts, overdue, workers }: QueueState): boolean =>
  workers === 0 && counts.waiting + counts.prioritized + counts.active + overdue > 0;

/** @param redis a connection that fails at once while Redis is away */
export const watchQueues = (redis: RedisClient, log: Logger): QueueStates => {
  const queues = queueNames.map((name) => ({ name, ...openQueue(name, redis) }));
  let warned = false;

  const countWorkers = async (queue: Queue): Promise<number | undefined> => {
    try {
      return await queue.getWorkersCount();
    } catch (error) {
      if (redis.status !== 'ready') throw error;
      if (!warned) log.warn({ reason: String(error) }, 'Redis does not say which workers are connected');
      warned = true;
      return undefined;
    }
  };

  const lookAt = async (name: QueueName, queue: Queue): Promise<QueueState> => {
    const now = Date.now();
    const [counts, [next], overdue, workers] = await Promise.all([
      queue.getJobCounts(...states),
      queue.getWaiting(0, 0),
      // The score of a delayed job is its time in ms, times 4096.
      redis.zcount(queue.toKey('delayed'), 0, (now - overdueMs) * 4096),
      countWorkers(queue),
    ]);
    const count = (state: (typeof states)[number]): number => counts[state] ?? 0;
    return {
      queue: name,
      counts: {
        waiting: count('waiting'),
        prioritized: count('prioritized'),
        delayed: count('delayed'),
        active: count('active'),
      },
      overdue,
      oldestWaitingMs: next === undefined ? undefined : Math.max(0, now - next.timestamp),
      workers,
    };
  };

  return {
    // BullMQ delays calls that are made while the connection comes back.
    look: () => within(lookMs, Promise.all(queues.map(({ name, queue }) => lookAt(name, queue())))),
    close: async () => {
      for (const { close } of queues) await close();
    },
  };
};
