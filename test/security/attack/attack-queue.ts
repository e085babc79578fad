import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { QueueName } from '../../../src/config/process-uses';
import { admitJob } from '../../../src/queue/admit-job';
import { type AnyJob, defineJob } from '../../../src/queue/define';
import { plannedAt } from '../../../src/queue/schedulers';
import { sealPayload, sealSchedulerPayload } from '../../../src/queue/seal-payload';
import { queuePrefix } from '../../../src/redis/keys';
import { sealer } from '../../sealer';

/**
 * Queues in Redis, with jobs and schedules as the bot stores them and a worker that admits them as the bot does, without
 * the waits of BullMQ.
 */

/** A job of the workers of these runs: writes words to a channel, and to the requester. */
export const Tell = z.object({ channel: z.string(), words: z.string(), responseUrl: z.string().optional() });
export type Tell = z.infer<typeof Tell>;

/** Words that a job wrote. */
interface Told extends Tell {
  readonly queue: QueueName;
  /** Of the schedule, for jobs of one. */
  readonly id: string;
  /** Time at which the job ran (ms since the epoch). */
  readonly at: number;
  /** Time for which a schedule planned it. */
  readonly planned: number | undefined;
}

interface TellServices {
  readonly told: (words: Omit<Told, 'queue'>) => void;
}

const tellIn = (queue: QueueName) =>
  defineJob<Tell, { readonly attack: TellServices }>({
    name: 'tell',
    queue,
    payload: Tell,
    options: { attempts: 1, backoffMs: 1 },
    handle: async ({ id, payload, attack }) => {
      const planned = plannedAt(id);
      attack.told({
        ...payload,
        id: planned === undefined ? id : id.slice('repeat:'.length, id.lastIndexOf(':')),
        at: Date.now(),
        planned,
      });
      return { kind: 'done', as: 'told' };
    },
    abandon: async () => undefined,
  });

/** Queues that have jobs and schedules of these. */
const queues = ['tokens', 'checks', 'digests'] as const;

/** Maximum jobs that one call works on: a job may queue another. */
const maxJobs = 30;

export const createAttackQueue = (redis: Redis, jobs: readonly AnyJob[], services: object) => {
  const told: Told[] = [];
  const jobKey = (queue: QueueName, id: string): string => `${queuePrefix}:${queue}:${id}`;
  const add = async (queue: QueueName, id: string, name: string, data: unknown): Promise<void> => {
    if ((await redis.hsetnx(jobKey(queue, id), 'name', name)) === 0) return;
    await redis.hset(jobKey(queue, id), 'data', JSON.stringify(data));
    await redis.rpush(`${queuePrefix}:${queue}:wait`, id);
  };
  /** Runs a job as it is stored; nothing if it may not run. */
  const run = async (queue: QueueName, id: string): Promise<void> => {
    const { name = '', data = '' } = await redis.hgetall(jobKey(queue, id));
    const now = Date.now();
    const admitted = admitJob(sealer, { queue, name, id }, JSON.parse(data), now);
    const known =
      name === 'tell' ? tellIn(queue) : jobs.find((one) => one.name === name && one.queue === queue);
    const payload = admitted.ok ? known?.payload.safeParse(admitted.value.payload) : undefined;
    if (known === undefined || payload?.success !== true) return;
    const attack: TellServices = { told: (words) => void told.push({ ...words, queue }) };
    const signal = new AbortController().signal;
    const context = { ...services, attack, id, since: now, attempt: 1, attempts: 1, signal };
    await known.handle({ ...context, payload: payload.data } as never);
  };
  return {
    /** The words that jobs of the workers wrote. */
    told,
    add,
    enqueue: (queue: QueueName, id: string, name: string, payload: unknown): Promise<void> => {
      const sealed = sealPayload(sealer, { queue, name, id }, { at: Date.now(), payload });
      return add(queue, id, name, sealed);
    },
    schedule: async (queue: QueueName, id: string, payload: Tell): Promise<void> => {
      const data = sealSchedulerPayload(sealer, { queue, name: 'tell', id }, payload);
      await redis.hset(`${queuePrefix}:${queue}:repeat:${id}`, {
        name: 'tell',
        data: JSON.stringify(data),
      });
    },
    /** Queues a job of each schedule that is stored, as if all came due. */
    tick: async (): Promise<void> => {
      for (const key of await redis.keys(`${queuePrefix}:*:repeat:*`)) {
        const [, queue = '', , ...id] = key.split(':');
        const { name = '', data = 'null' } = await redis.hgetall(key);
        await add(queue as QueueName, `repeat:${id.join(':')}:${Date.now()}`, name, JSON.parse(data));
      }
    },
    /** Works on what is queued. Jobs may throw under attack, which is an outage and gets nobody anything. */
    work: async (): Promise<void> => {
      for (let done = 0; done < maxJobs; done += 1) {
        const queue = await firstWaiting(redis);
        if (queue === undefined) return;
        const id = (await redis.lpop(`${queuePrefix}:${queue}:wait`)) ?? '';
        await run(queue, id).catch(() => undefined);
      }
    },
  };
};

export type AttackQueue = ReturnType<typeof createAttackQueue>;

const firstWaiting = async (redis: Redis): Promise<QueueName | undefined> => {
  for (const queue of queues) if ((await redis.llen(`${queuePrefix}:${queue}:wait`)) > 0) return queue;
  return undefined;
};
