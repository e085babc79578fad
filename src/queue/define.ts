import type { Logger } from 'pino';
import type { z } from 'zod';
import type { QueueName } from '../config/env';
import type { JobTools } from '../features/job-tools';

/** How a job ended, as its handler tells. What was expected to be possible is told here; a throw is a bug. */
export type Outcome =
  /** Finished, also where the answer was that something is wrong. `as` is one word, for metrics and logs. */
  | { readonly kind: 'done'; readonly as: string }
  /** A cause that can pass. Counts as an attempt; the queue waits and tries again. */
  | { readonly kind: 'again'; readonly reason: string }
  /** Not its turn yet: continue after so many ms. Does not count as an attempt. */
  | { readonly kind: 'later'; readonly afterMs: number };

/** What a handler knows of its run. */
export interface JobRun {
  /** The request's id, which is the job's. */
  readonly id: string;
  /** When the request was made, in ms since the epoch. */
  readonly since: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly attempts: number;
  /** Aborted at shutdown and when another worker took the job over: stop, and change nothing any more. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

interface JobOptions {
  readonly attempts: number;
  /** Wait before the second attempt in ms; doubles with each further one. */
  readonly backoffMs: number;
}

export interface Job<Payload extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly queue: QueueName;
  /** What lies in Redis, in plain text: no secrets. */
  readonly payload: Payload;
  readonly options: JobOptions;
  // Methods, not properties, so that a registry can hold jobs of different payloads.
  handle(payload: z.infer<Payload>, tools: JobTools, run: JobRun): Promise<Outcome>;
  /** Tells whoever waits that no answer will come: a bug, or workers that died again and again. */
  abandon(payload: z.infer<Payload>, tools: JobTools, run: JobRun): Promise<void>;
}

/** A typed identity: the payload's schema types the handler. */
export const defineJob = <Payload extends z.ZodType>(job: Job<Payload>): Job<Payload> => job;
