/**
 * Does the work of a test, and ends then what it has started, the last first. Tests that share nothing and mostly wait can so run
 * beside each other (`it.concurrent`), which knows no `afterEach`.
 */
export const withEnds = async (work: (ends: (() => unknown)[]) => Promise<void>): Promise<void> => {
  const ends: (() => unknown)[] = [];
  try {
    await work(ends);
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};
