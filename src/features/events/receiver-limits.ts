/** Keeps a receiver that does not answer from holding up all other jobs of this process. */
export interface ReceiverLimits {
  /**
   * Lets a delivery in. `busy`: as many others are being sent as may be at once. `silent`: the receiver let the last one wait
   * in vain, and another is finding out whether it answers again.
   */
  readonly enter: (receiver: string) => 'entered' | 'busy' | 'silent';
  /** Ends a delivery that was let in; undefined if it sent nothing. */
  readonly leave: (receiver: string, hasAnswered: boolean | undefined) => void;
}

/** Maximum deliveries to one receiver at once: fewer than the jobs that a worker runs by default. */
const maxAtOnce = 3;

export const createReceiverLimits = (): ReceiverLimits => {
  const sending = new Map<string, number>();
  const silent = new Set<string>();
  return {
    enter: (receiver) => {
      const running = sending.get(receiver) ?? 0;
      if (silent.has(receiver) && running > 0) return 'silent';
      if (running >= maxAtOnce) return 'busy';
      sending.set(receiver, running + 1);
      return 'entered';
    },
    leave: (receiver, hasAnswered) => {
      const running = (sending.get(receiver) ?? 1) - 1;
      if (running === 0) sending.delete(receiver);
      else sending.set(receiver, running);
      if (hasAnswered === true) silent.delete(receiver);
      if (hasAnswered === false) silent.add(receiver);
    },
  };
};
