import { createSlots } from '../consul/slots';
import type { RunCheck } from './run-check';

/**
 * The same check, `count` of them at once at most; the others wait in the order in which they came. One whose
 * signal ends the wait is answered as unreachable, and can be tried again.
 */
export const checkInTurns = (check: RunCheck, count: number): RunCheck => {
  const turns = createSlots(count);
  return async (cluster, options) => {
    if (!(await turns.take(options.signal))) {
      return {
        ok: false,
        cause: 'unreachable',
        message: 'the check was given up before its turn',
        passes: true,
      };
    }
    try {
      return await check(cluster, options);
    } finally {
      turns.give();
    }
  };
};
