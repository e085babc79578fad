/** Takes turns: at most `count` hold a slot at once, the rest wait in the order in which they came. */
export interface Slots {
  /** Resolves to true with a slot, or to false without one where the signal ends the wait. */
  readonly take: (signal?: AbortSignal) => Promise<boolean>;
  readonly give: () => void;
}

export const createSlots = (count: number): Slots => {
  let free = count;
  const waiting = new Set<() => void>();

  const take: Slots['take'] = (signal) => {
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

  const give = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    // The slot goes straight to who waits longest.
    waiting.delete(next);
    next();
  };

  return { take, give };
};
