import type { JobsOptions, Job as QueuedJob } from 'bullmq';
import type { Logger } from 'pino';
import { type QueueName, queueNames } from '../config/env';
import type { RedisClient } from '../redis/redis';
import type { Sealer } from '../signing/seal-record';
import type { JobType } from './define';
import { openQueue } from './open-queue';
import { sealPayload } from './seal-payload';
import { within } from './within';

export type Enqueued =
  | { readonly kind: 'queued' }
  /** Joined the job with this id, which already does this work. */
  | { readonly kind: 'joined'; readonly id: string }
  | { readonly kind: 'failed' };

export interface JobRequest {
  /** The id of the request, which becomes the id of the job. */
  readonly id: string;
  /** Of the jobs with one key, one runs at a time; a second request joins the first. */
  readonly key?: string | undefined;
}

export interface Producer {
  /** Queues a job, or returns within `withinMs` that it failed. Never throws because of Redis. */
  readonly enqueue: <Payload>(
    job: JobType<Payload>,
    payload: Payload,
    request: JobRequest,
    withinMs: number,
  ) => Promise<Enqueued>;
  /** Counts the workers of a queue; undefined if Redis does not tell, or not within `withinMs`. */
  readonly workers: (queue: QueueName, withinMs: number) => Promise<number | undefined>;
  readonly close: () => Promise<void>;
}

const hour = 3600;

/** Finished jobs stay for a while, so that people can look up a request, and never fill Redis. */
const leftovers = {
  removeOnComplete: { age: hour, count: 1000 },
  removeOnFail: { age: 24 * hour, count: 1000 },
} as const satisfies JobsOptions;

export const createProducer = (connection: RedisClient, sealer: Sealer, log: Logger): Producer => {
  const queues = new Map(queueNames.map((name) => [name, openQueue(name, connection)]));

  const add = async (job: JobType<unknown>, payload: unknown, { id, key }: JobRequest) => {
    const { attempts, backoffMs } = job.options;
    return queues
      .get(job.queue)
      ?.queue()
      .add(
        job.name,
        sealPayload(sealer, { queue: job.queue, name: job.name, id }, { at: Date.now(), payload }),
        {
          ...leftovers,
          jobId: id,
          attempts,
          backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
          ...(key !== undefined && { deduplication: { id: key } }),
        },
      );
  };

  return {
    enqueue: async (job, payload, request, withinMs) => {
      const adding = add(job, payload, request);
      const added = await within(withinMs, adding).catch((error: unknown) => {
        log.warn({ request: request.id, reason: String(error) }, 'could not queue');
        // The requester learns that it is not queued: if Redis accepts it late, remove it.
        takeBack(adding, request.id).catch(() => undefined);
        return undefined;
      });
      if (added === undefined) return { kind: 'failed' };
      return added.id === undefined || added.id === request.id
        ? { kind: 'queued' }
        : { kind: 'joined', id: added.id };
    },
    // Some managed servers do not say who is connected.
    workers: (queue, withinMs) =>
      within(withinMs, Promise.resolve(queues.get(queue)?.queue().getWorkersCount())).catch(() => undefined),
    close: async () => {
      for (const queue of queues.values()) await queue.close();
    },
  };
};

const takeBack = async (adding: Promise<QueuedJob | undefined>, id: string): Promise<void> => {
  const late = await adding;
  if (late?.id === id) await late.remove();
};
