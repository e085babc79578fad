/** One attempt at something; the signal ends it. */
type Attempt<T> = (signal: AbortSignal) => Promise<T>;

interface SilenceLimit {
  /** Silence of the first attempt, in ms, after which the second one starts beside it. */
  readonly afterMs: number;
  /** Asked after that time: false for no second attempt. */
  readonly isSuspect: () => boolean;
  /** Called if the second attempt answers while the first one is still silent. */
  readonly onDead: () => void;
  /** Ends both attempts, also after one has answered. */
  readonly signal: AbortSignal;
}

/**
 * Returns what the first attempt gives, or the second one that starts after a silence, whichever is first. Ends the other
 * one. The first is not ended for its silence alone: a slow server would have to do its work again.
 */
export const raceSilent = <T>(first: Attempt<T>, second: Attempt<T>, limit: SilenceLimit): Promise<T> => {
  const { afterMs, isSuspect, onDead, signal } = limit;
  const firstEnd = new AbortController();
  const secondEnd = new AbortController();
  return new Promise<T>((resolve, reject) => {
    let running = 1;
    const fail = (error: unknown): void => {
      running -= 1;
      // The other one may still answer, and ends at the latest with the signal.
      if (running === 0) reject(error);
    };
    const startSecond = (): void => {
      if (!isSuspect()) return;
      running += 1;
      second(AbortSignal.any([signal, secondEnd.signal])).then((value) => {
        if (secondEnd.signal.aborted) return;
        firstEnd.abort();
        onDead();
        resolve(value);
      }, fail);
    };
    const timer = setTimeout(startSecond, afterMs);
    first(AbortSignal.any([signal, firstEnd.signal])).then(
      (value) => {
        clearTimeout(timer);
        if (firstEnd.signal.aborted) return;
        // Each abort makes an error with a stack, and nearly every request ends here without a second attempt.
        if (running > 1) secondEnd.abort();
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        fail(error);
      },
    );
  });
};
