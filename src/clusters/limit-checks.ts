import { createSemaphore } from '../consul/semaphore';
import { failure } from '../result';
import type { RunCheck } from './run-check';

/**
 * Limits a check to `count` runs at once; others wait in the order in which they arrived. A run whose signal is aborted
 * while it waits fails as unreachable, and can be retried.
 */
export const limitChecks = (check: RunCheck, count: number): RunCheck => {
  const semaphore = createSemaphore(count);
  return async (cluster, options) => {
    if (!(await semaphore.acquire(options.signal))) {
      return failure({
        cause: 'unreachable',
        message: 'the check was cancelled before it started',
        temporary: true,
      });
    }
    try {
      return await check(cluster, options);
    } finally {
      semaphore.release();
    }
  };
};
