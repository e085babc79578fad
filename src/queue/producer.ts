import { setTimeout as sleep } from 'node:timers/promises';
import type { JobsOptions, Queue } from 'bullmq';
import type { Logger } from 'pino';
import { type QueueName, queueNames } from '../config/process-uses';
import type { RedisClient } from '../redis/redis';
import type { Sealer } from '../signing/seal-record';
import type { JobType } from './define';
import { type OpenQueue, openQueue } from './open-queue';
import { sealPayload } from './seal-payload';
import { noTracing, type Tracing } from '../tracing/tracing';
import { within } from './within';

export type Enqueued =
  | { readonly kind: 'queued' }
  /** Joined the job with this id, which already does this work. */
  | { readonly kind: 'joined'; readonly id: string }
  /** Nothing was queued. */
  | { readonly kind: 'failed' }
  /**
   * Redis did not confirm it in time. `known` resolves to the result later; to undefined if Redis is away for a day.
   */
  | { readonly kind: 'unsure'; readonly known: Promise<'queued' | 'failed' | undefined> };

/** Tells whether Redis has confirmed a job, be it of this request or an earlier one. */
export const isQueued = ({ kind }: Enqueued): boolean => kind !== 'failed' && kind !== 'unsure';

export interface JobRequest {
  /** The id of the request, which becomes the id of the job. */
  readonly id: string;
  /** Of the jobs with one key, one runs at a time; a second request joins the first. */
  readonly key?: string | undefined;
}

export interface Producer {
  /** Queues a job, or returns within `withinMs` that it failed or is not confirmed. Never throws because of Redis. */
  readonly enqueue: <Payload>(
    job: JobType<Payload>,
    payload: Payload,
    request: JobRequest,
    withinMs: number,
  ) => Promise<Enqueued>;
  /** Tells whether a job waits or runs, in any queue. @throws while Redis is away */
  readonly isAlive: (id: string) => Promise<boolean>;
  /** Removes a job that nobody waits for any more, unless it runs. Never throws because of Redis. */
  readonly withdraw: (queue: QueueName, id: string) => Promise<void>;
  /** Counts the workers of a queue; undefined if Redis does not answer within `withinMs`, or does not know. */
  readonly workers: (queue: QueueName, withinMs: number) => Promise<number | undefined>;
  readonly close: () => Promise<void>;
}

const hour = 3600;

/** Finished jobs stay for a while, so that people can look up a request, and never fill Redis. */
const leftovers = {
  removeOnComplete: { age: hour, count: 1000 },
  removeOnFail: { age: 24 * hour, count: 1000 },
} as const satisfies JobsOptions;

/** Time to find out whether a job was queued, in ms. A job that reaches Redis even later is refused by the workers. */
const confirmMs = 24 * 3_600_000;
const confirmEveryMs = 2000;

/** States of jobs that have ended, and of jobs that do not exist. */
const ended: ReadonlySet<string> = new Set(['completed', 'failed', 'unknown']);

export const createProducer = (
  connection: RedisClient,
  sealer: Sealer,
  log: Logger,
  tracing: Tracing = noTracing,
): Producer => {
  const queues = new Map<QueueName, OpenQueue>(queueNames.map((name) => [name, openQueue(name, connection)]));
  /** Opens queues of vantage points at their first use: the clusters file names them. */
  const queueOf = (name: QueueName): Queue => {
    const opened = queues.get(name) ?? openQueue(name, connection);
    queues.set(name, opened);
    return opened.queue();
  };

  const add = async (job: JobType<unknown>, payload: unknown, { id, key }: JobRequest) => {
    const { attempts, backoffMs } = job.options;
    return queueOf(job.queue).add(
      job.name,
      sealPayload(
        sealer,
        { queue: job.queue, name: job.name, id },
        { at: Date.now(), trace: tracing.traceparent(), payload },
      ),
      {
        ...leftovers,
        jobId: id,
        attempts,
        backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
        ...(key !== undefined && { deduplication: { id: key } }),
      },
    );
  };

  /** Finds out whether a job was queued whose confirmation was lost: it is there, or a request that it joined. */
  const confirm = async (
    name: QueueName,
    { id, key }: JobRequest,
  ): Promise<'queued' | 'failed' | undefined> => {
    const end = Date.now() + confirmMs;
    while (Date.now() < end) {
      await sleep(confirmEveryMs, undefined, { ref: false });
      const queue = queueOf(name);
      if (connection.status !== 'ready') continue;
      // Redis answers in order: what was sent before it has taken effect.
      const there = await within(
        confirmEveryMs,
        Promise.all([queue.getJobState(id), key === undefined ? null : queue.getDeduplicationJobId(key)]),
      ).catch(() => undefined);
      if (there !== undefined) return there[0] === 'unknown' && there[1] === null ? 'failed' : 'queued';
    }
    return undefined;
  };

  const enqueue: Producer['enqueue'] = async (job, payload, request, withinMs) => {
    const warn = (error: unknown): void =>
      log.warn({ request: request.id, reason: String(error) }, 'could not queue');
    // While Redis is away, nothing is sent, and BullMQ would wait for the connection.
    if (connection.status !== 'ready') {
      warn('Redis is away');
      return { kind: 'failed' };
    }
    try {
      const added = await within(withinMs, add(job, payload, request));
      return added.id === undefined || added.id === request.id
        ? { kind: 'queued' }
        : { kind: 'joined', id: added.id };
    } catch (error) {
      warn(error);
      // Redis itself refused it, for example because its memory is full.
      if (error instanceof Error && error.name === 'ReplyError') return { kind: 'failed' };
      return { kind: 'unsure', known: confirm(job.queue, request) };
    }
  };

  return {
    enqueue: (job, ...rest) =>
      tracing.inSpan(
        {
          name: `queue ${job.name}`,
          kind: 'producer',
          attributes: { 'messaging.destination.name': job.queue },
        },
        async () => {
          const queued = await enqueue(job, ...rest);
          tracing.annotate({
            attributes: { 'peering_bot.outcome': queued.kind },
            failed: queued.kind === 'failed',
          });
          return queued;
        },
      ),
    isAlive: async (id) => {
      const states = await Promise.all([...queues.values()].map((opened) => opened.queue().getJobState(id)));
      return states.some((state) => !ended.has(state));
    },
    // Some managed servers do not say who is connected.
    workers: (queue, withinMs) => within(withinMs, queueOf(queue).getWorkersCount()).catch(() => undefined),
    withdraw: async (queue, id) => {
      if (connection.status === 'ready')
        await queueOf(queue)
          .remove(id)
          .catch(() => 0);
    },
    close: async () => {
      for (const queue of queues.values()) await queue.close();
    },
  };
};
