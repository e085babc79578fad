import { join, resolve } from 'node:path';
import { binary } from './binaries';
import { runCommand, temporaryFolder } from './process';

/** Another time for processes of a test: it goes on as fast as the real one. */
export interface Clock {
  /** Lead over the real clock in ms, in whole seconds; negative if it is behind. */
  readonly aheadMs: number;
  /** Processes started with these see it. */
  readonly env: Readonly<Record<string, string>>;
  readonly remove: () => void;
}

/**
 * A clock that shows `startMs` (ms since the epoch) now. Made here and not by libfaketime: with that Debian's Redis
 * does not start, as libfaketime allocates memory to find the real clock, and jemalloc asks the clock to do so.
 */
export const startClock = async (startMs: number): Promise<Clock> => {
  const folder = await temporaryFolder('clock');
  const library = join(folder.path, 'clock.so');
  const source = resolve(__dirname, 'clock.c');
  const made = await runCommand(
    binary('cc'),
    ['-shared', '-fPIC', '-O1', '-o', library, source],
    process.env,
  );
  if (made.status !== 0) throw new Error(`the clock does not compile:\n${made.stderr}`);
  const seconds = Math.round((startMs - Date.now()) / 1000);
  return {
    aheadMs: seconds * 1000,
    env: { LD_PRELOAD: library, CLOCK_SHIFT: String(seconds) },
    remove: folder.remove,
  };
};
