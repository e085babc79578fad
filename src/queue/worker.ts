import { type Job as QueuedJob, DelayedError, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { QueueName } from '../config/process-uses';
import { queuePrefix } from '../redis/keys';
import { isRedisAway } from '../redis/is-redis-away';
import type { RedisClient } from '../redis/redis';
import type { Sealer } from '../signing/seal-record';
import { type AdmittedJob, admitJob } from './admit-job';
import type { AnyJob, JobContext, JobOutcome, JobRun } from './define';
import { inRequest } from './current-request';
import { noTracing, type Tracing } from '../tracing/tracing';

/** A run of a job that ended, for metrics. */
export interface JobEnd {
  readonly job: string;
  /** The outcome's word, or `retry`, `delay`, `handed-back`, `failed`. */
  readonly outcome: string;
  readonly ms: number;
}

export interface WorkerParts<Services> {
  readonly queue: QueueName;
  readonly jobs: readonly AnyJob<Services>[];
  readonly sealer: Sealer;
  /** Becomes part of the context of each run: called when the run starts. */
  readonly services: () => Services;
  /** A connection of use `working`; BullMQ makes a second one from it to wait on. */
  readonly connection: RedisClient;
  readonly concurrency: number;
  readonly log: Logger;
  readonly onEnd?: (end: JobEnd) => void;
  readonly tracing?: Tracing;
}

export interface RunningWorker {
  /** Takes no new jobs; those that run get `graceMs` to finish, and are handed back to the queue after that. */
  readonly close: (graceMs: number) => Promise<void>;
}

/** The lock of a dead worker's job ends after this time. A longer run renews its lock. */
const lockMs = 10_000;
const stalledCheckMs = 5_000;
/** Maximum age of the answer to the question who holds a job, in ms. */
const heldMs = 2000;
/**
 * Age in ms from which a job is given up after `few` deaths of its workers instead of `many`. Younger jobs rarely cause
 * the deaths: a deployment does, for example.
 */
const interruptedMs = 10 * 60_000;
const interruptions = { few: 3, many: 20 } as const;

/** Maximum time in ms that a job is delayed, without counting attempts. After it, nobody waits for the answer. */
const maxWaitMs = 3_600_000;
/**
 * Maximum time in ms that a job is delayed because others run first: a queue that no worker served for hours is worked
 * off, however old its jobs are. Shorter than `maxAgeMs`, so that the requester gets an answer.
 */
const maxClusterWaitMs = 23 * 3_600_000;

/** Time until a job continues after Redis did not answer, in ms. */
const redisAwayMs = 1500;

/** Time until a job of another version is offered again, in ms. */
const otherVersionMs = 2000;

const shutdown = 'shutdown';

export const startWorker = <Services extends object>(parts: WorkerParts<Services>): RunningWorker => {
  const { queue, jobs, sealer, services, connection, concurrency, log, onEnd } = parts;
  const { tracing = noTracing } = parts;

  const process = async (queued: QueuedJob, token?: string, signal?: AbortSignal): Promise<unknown> => {
    const started = Date.now();
    const end = (outcome: string): void => onEnd?.({ job: queued.name, outcome, ms: Date.now() - started });
    const refuse = (reason: string): UnrecoverableError => {
      end('failed');
      log.error({ request: queued.id, job: queued.name, reason }, 'refused a job');
      return new UnrecoverableError(reason);
    };
    const id = queued.id ?? '';
    const admitted = admitJob(sealer, { queue, name: queued.name, id }, queued.data, started);
    if (!admitted.ok) throw refuse(admitted.error);
    const since = admitted.value.at ?? queued.timestamp;
    const job = jobs.find(({ name }) => name === queued.name);
    const payload = job?.payload.safeParse(admitted.value.payload);
    if (job === undefined || !payload?.success) {
      const reason = job === undefined ? 'unknown job' : 'the payload is not what this version expects';
      if (started - since > maxWaitMs) throw refuse(reason);
      // During a rolling update, a worker of the newer version takes it.
      log.warn({ request: queued.id, job: queued.name, reason }, 'left a job to another version');
      end('delay');
      await queued.moveToDelayed(Date.now() + otherVersionMs, token);
      throw new DelayedError();
    }
    // The schema of this very job has parsed the payload, which the type of the registry cannot know.
    const run: JobContext<never, Services> = {
      ...services(),
      payload: payload.data as never,
      id,
      since,
      attempt: queued.attemptsMade + 1,
      attempts: queued.opts.attempts ?? 1,
      signal: signal ?? new AbortController().signal,
      isHeld: async () => {
        for (;;) {
          const before = Date.now();
          const holder = await connection.get(worker.toKey(`${id}:lock`));
          // An answer that waited, perhaps because this process was stopped, says nothing about now.
          if (Date.now() - before < heldMs) return holder === token;
        }
      },
      log: log.child({ request: queued.id, job: queued.name }),
    };
    const outcome = await inRequest(
      () => run.id,
      log,
      () =>
        inJobSpan(queued, { ...admitted.value, started, run }, () =>
          attempt(job, run, queued.stalledCounter),
        ),
    );
    // The worker that has the job now reports its end.
    if (run.signal.aborted && outcome.kind !== 'done') {
      end('handed-back');
      if (run.signal.reason !== shutdown) throw new Error('another worker took the job over');
      await queued.moveToWait(token);
      throw new WaitingError();
    }
    if (
      outcome.kind === 'delay' &&
      Date.now() - run.since > (outcome.waitsFor ? maxClusterWaitMs : maxWaitMs)
    ) {
      const expired = outcome.waitsFor ?? 'services';
      run.log.error({ waitedFor: expired }, 'the job waited for too long, giving up');
      await job.abandon({ ...run, expired });
      end('expired');
      return { as: 'expired' };
    }
    const lost = outcome.kind === 'retry' && run.attempt >= run.attempts;
    run.log[lost ? 'error' : 'info'](
      { outcome, ms: Date.now() - started, attempt: run.attempt },
      'job ended',
    );
    end(outcome.kind === 'done' ? outcome.as : outcome.kind);
    if (outcome.kind === 'done') return { as: outcome.as };
    if (outcome.kind === 'retry') throw new Error(outcome.reason);
    await queued.moveToDelayed(Date.now() + outcome.afterMs, token);
    throw new DelayedError();
  };

  /** Names the request. Ids of polls and of schedules hold channels and words that people typed. */
  const requestAttribute = (id: string): Readonly<Record<string, string>> =>
    /^[0-9a-z]+$/i.test(id) ? { 'peering_bot.request': id } : {};

  /** Runs an attempt as a child of the span that queued the job. The wait before the first one is a span of its own. */
  const inJobSpan = (
    { name, attemptsStarted }: QueuedJob,
    { at, trace, started, run }: Pick<AdmittedJob, 'at' | 'trace'> & { started: number; run: JobRun },
    work: () => Promise<JobOutcome>,
  ): Promise<JobOutcome> =>
    tracing.inSpan(
      {
        name: `job ${name}`,
        kind: 'consumer',
        parent: trace,
        isRoot: true,
        attributes: {
          'messaging.destination.name': queue,
          ...requestAttribute(run.id),
          'peering_bot.attempt': run.attempt,
        },
      },
      async () => {
        if (at !== undefined && trace !== undefined && attemptsStarted === 1)
          tracing.record({
            name: `wait in ${queue}`,
            kind: 'internal',
            parent: trace,
            startedAt: at,
            ms: Math.max(0, started - at),
            attributes: { 'messaging.destination.name': queue },
            failed: false,
          });
        const outcome = await work();
        tracing.annotate({
          attributes: { 'peering_bot.outcome': outcome.kind === 'done' ? outcome.as : outcome.kind },
          failed: outcome.kind === 'retry' || (outcome.kind === 'done' && outcome.as === 'failed'),
        });
        return outcome;
      },
    );

  const attempt = async (
    job: AnyJob<Services>,
    run: JobContext<never, Services>,
    deaths: number,
  ): Promise<JobOutcome> => {
    const old = Date.now() - run.since > interruptedMs;
    if (deaths >= (old ? interruptions.few : interruptions.many)) {
      run.log.error({ deaths }, 'workers died repeatedly during this job, giving it up');
      await job.abandon(run);
      return { kind: 'done', as: 'abandoned' };
    }
    try {
      return await job.handle(run);
    } catch (error) {
      if (run.signal.aborted) return { kind: 'retry', reason: 'aborted' };
      if (isRedisAway(error)) {
        // The job is not the cause, so this counts as no attempt.
        run.log.warn({ reason: String(error) }, 'Redis did not answer, the job continues later');
        return { kind: 'delay', afterMs: redisAwayMs };
      }
      run.log.error({ err: error }, 'job threw, which is a bug');
      if (run.attempt < run.attempts) return { kind: 'retry', reason: 'threw' };
      await job.abandon(run);
      return { kind: 'done', as: 'failed' };
    }
  };

  const worker = new Worker(queue, process, {
    connection,
    prefix: queuePrefix,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: stalledCheckMs,
    // The handler decides, see `interruptions`.
    maxStalledCount: 1000,
    // Continue soon after an outage of Redis.
    runRetryDelay: 500,
    drainDelay: 2,
  });
  worker.on('error', (error) => log.warn({ queue, reason: error.message }, 'worker'));
  worker.on('lockRenewalFailed', (ids: readonly string[]) => {
    for (const id of ids) worker.cancelJob(id, 'lock lost');
  });

  return {
    close: async (graceMs) => {
      const closing = worker.close();
      const handBack = setTimeout(() => worker.cancelAllJobs(shutdown), graceMs);
      await closing;
      clearTimeout(handBack);
    },
  };
};
