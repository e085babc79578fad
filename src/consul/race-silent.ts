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

/** Makes a controller that the signal of a request ends too. `AbortSignal.any` took a seventh of the CPU of a request. */
const endingWith = (signal: AbortSignal): AbortController => {
  const end = new AbortController();
  signal.addEventListener('abort', () => end.abort(signal.reason), { once: true });
  if (signal.aborted) end.abort(signal.reason);
  return end;
};

/**
 * Returns what the first attempt gives, or the second one that starts after a silence, whichever is first. Ends the other
 * one. The first is not ended for its silence alone: a slow server would have to do its work again.
 */
export const raceSilent = <T>(first: Attempt<T>, second: Attempt<T>, limit: SilenceLimit): Promise<T> => {
  const { afterMs, isSuspect, onDead, signal } = limit;
  const firstEnd = endingWith(signal);
  return new Promise<T>((resolve, reject) => {
    let running = 1;
    let isAnswered = false;
    let secondEnd: AbortController | undefined;
    const fail = (error: unknown): void => {
      running -= 1;
      // The other one may still answer, and ends at the latest with the signal.
      if (running === 0) reject(error);
    };
    const startSecond = (): void => {
      if (!isSuspect()) return;
      running += 1;
      const end = endingWith(signal);
      secondEnd = end;
      second(end.signal).then((value) => {
        if (isAnswered) return;
        isAnswered = true;
        firstEnd.abort();
        onDead();
        resolve(value);
      }, fail);
    };
    const timer = setTimeout(startSecond, afterMs);
    first(firstEnd.signal).then(
      (value) => {
        clearTimeout(timer);
        if (isAnswered) return;
        isAnswered = true;
        // Each abort makes an error with a stack, and nearly every request ends here without a second attempt.
        secondEnd?.abort();
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        fail(error);
      },
    );
  });
};
