import { budget } from '../config/budget';

/** Bytes and JSON values that the answers to one snapshot may still have, together. */
export interface Allowance {
  /** Returns false once more was taken than there was; nothing is left from then on. */
  readonly takeBytes: (count: number) => boolean;
  readonly takeValues: (count: number) => boolean;
  readonly isSpent: () => boolean;
}

export const createAllowance = (
  limits: { readonly snapshotBytes: number; readonly snapshotValues: number } = budget,
): Allowance => {
  let bytes = limits.snapshotBytes;
  let values = limits.snapshotValues;
  const isSpent = (): boolean => bytes < 0 || values < 0;
  return {
    takeBytes: (count) => {
      bytes -= count;
      return !isSpent();
    },
    takeValues: (count) => {
      values -= count;
      return !isSpent();
    },
    isSpent,
  };
};
