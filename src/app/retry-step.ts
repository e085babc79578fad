import { setTimeout as sleep } from 'node:timers/promises';
import { failure, type Result } from '../result';

/** The reason why a step of the start failed. A temporary one can pass by itself. */
export interface StartProblem {
  readonly message: string;
  readonly temporary: boolean;
}

interface RetryOptions {
  readonly signal: AbortSignal | undefined;
  /** Takes each temporary problem with the time until the next try, and undefined once the step is done. */
  readonly onProblem: (problem: string | undefined, retryMs: number) => void;
}

/** Pause after the first failure, in ms; it doubles with each further one, up to the maximum. */
const firstPauseMs = 500;
const maxPauseMs = 8000;

/**
 * Repeats a step while its failures are temporary: a process that ends instead is started again later and later by
 * Kubernetes. Ends with the last failure when the signal is aborted.
 */
export const retryStep = async <T>(
  step: () => Promise<Result<T, StartProblem>>,
  { signal, onProblem }: RetryOptions,
): Promise<Result<T>> => {
  for (let failures = 0; ; failures++) {
    const done = await step();
    if (done.ok) {
      onProblem(undefined, 0);
      return done;
    }
    const { message, temporary } = done.error;
    if (!temporary || signal?.aborted) return failure(message);
    const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(failures, 10));
    const retryMs = Math.round(pauseMs * (0.5 + Math.random() / 2));
    onProblem(message, retryMs);
    await sleep(retryMs, undefined, signal && { signal }).catch(() => undefined);
    if (signal?.aborted) return failure(message);
  }
};
