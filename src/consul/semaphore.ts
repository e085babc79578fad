/** Lets at most `count` callers in at once. The others wait, first come, first served. */
export interface Semaphore {
  /** Resolves to true once the caller is let in, or to false if the signal ends the wait. */
  readonly acquire: (signal?: AbortSignal) => Promise<boolean>;
  readonly release: () => void;
}

export const createSemaphore = (count: number): Semaphore => {
  let free = count;
  const waiting = new Set<() => void>();

  const acquire: Semaphore['acquire'] = (signal) => {
    if (signal?.aborted) return Promise.resolve(false);
    if (free > 0) {
      free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const leave = (): void => {
        waiting.delete(enter);
        resolve(false);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve(true);
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.add(enter);
    });
  };

  const release = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    // Lets in the caller that has waited longest.
    waiting.delete(next);
    next();
  };

  return { acquire, release };
};
