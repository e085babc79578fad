import { setTimeout as sleep } from 'node:timers/promises';
import type { Run, RunEnd } from './define-run-job';

/** Time between two reads of both sides, in ms. */
const everyMs = 500;

/**
 * Reads both sides again and again until `read` returns how the run ended. Stops when the time is up, or when the run may no
 * longer write: then nothing is known yet.
 */
export const waitForEnd = async (
  { context: { tokens, signal }, mayWrite }: Run,
  read: () => Promise<RunEnd | undefined>,
): Promise<RunEnd | 'timeout' | 'stopped'> => {
  const until = Date.now() + tokens.activeWithinMs;
  for (;;) {
    if (!(await mayWrite())) return 'stopped';
    const end = await read();
    if (end !== undefined) return end;
    if (Date.now() >= until) return 'timeout';
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
};
