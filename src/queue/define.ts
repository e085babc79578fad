import type { Logger } from 'pino';
import type { z } from 'zod';
import type { QueueName } from '../config/process-uses';

/** The end of a run of a job. Expected failures are outcomes; a throw is a bug. */
export type JobOutcome =
  /** Finished, even if the answer reports a problem. `as` is one word for metrics and logs. */
  | { readonly kind: 'done'; readonly as: string }
  /** A temporary failure. Counts as an attempt; the queue waits and tries again. */
  | { readonly kind: 'retry'; readonly reason: string }
  /**
   * Continues after `afterMs`. Does not count as an attempt. With `waitsFor`, other jobs are what it waits for, and they
   * go on: such a job may wait for a day instead of an hour.
   */
  | { readonly kind: 'delay'; readonly afterMs: number; readonly waitsFor?: 'cluster' };

/** One run of a job. */
export interface JobRun {
  /** The id of the request, which is also the id of the job. */
  readonly id: string;
  /** When the request was made, in ms since the epoch. */
  readonly since: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly attempts: number;
  /** Aborted at shutdown, and when another worker took over the job: the handler stops and changes nothing more. */
  readonly signal: AbortSignal;
  /**
   * Tells whether this run still holds its job. A worker that was stopped and continued does not know yet that another
   * one took its job over. Absent outside of a worker.
   */
  readonly isHeld?: () => Promise<boolean>;
  /** The cause of a wait that was too long; set when the job is abandoned because of it. */
  readonly expired?: 'cluster' | 'services';
  readonly log: Logger;
}

/** The argument of a handler: the payload, the run, and the services that the job declares. */
export type JobContext<Payload, Services = object> = JobRun & Services & { readonly payload: Payload };

interface JobOptions {
  readonly attempts: number;
  /** Wait before the second attempt in ms; doubles with each further one. */
  readonly backoffMs: number;
}

/** A job as its producer sees it. */
export interface JobType<Payload> {
  readonly name: string;
  readonly queue: QueueName;
  /** Stored in Redis, sealed but as plain text, so a payload holds no secrets except `responseUrl`, which is encrypted. */
  readonly payload: z.ZodType<Payload>;
  readonly options: JobOptions;
}

export interface Job<Payload, Services = object> extends JobType<Payload> {
  // Properties, not methods: a registry accepts a job only if it has all services that the job needs.
  readonly handle: (context: JobContext<Payload, Services>) => Promise<JobOutcome>;
  /** Tells the requester that no answer will come: after a bug, after workers died repeatedly, or after it waited too long. */
  readonly abandon: (context: JobContext<Payload, Services>) => Promise<void>;
}

/** Any job that can run with these services. Its handler takes only what its own schema has parsed. */
export interface AnyJob<Services = never> extends JobType<unknown> {
  readonly handle: (context: JobContext<never, Services>) => Promise<JobOutcome>;
  readonly abandon: (context: JobContext<never, Services>) => Promise<void>;
}

/**
 * Declares a job.
 *
 * @example
 * export const archiveReport = defineJob<ArchiveReport, { readonly reports: Reports }>({
 *   name: 'archive-report', queue: 'checks', payload: ArchiveReport, options: { attempts: 3, backoffMs: 2000 },
 *   handle: async ({ payload, reports, log }) => { … return { kind: 'done', as: 'archived' }; },
 *   abandon: async ({ payload, log }) => log.error({ payload }, 'could not archive a report'),
 * });
 */
export const defineJob = <Payload, Services = object>(job: Job<Payload, Services>): Job<Payload, Services> =>
  job;
