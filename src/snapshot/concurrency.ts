/**
 * How many requests for details one section has under way at a time. Of the 64 connections to a cluster that leaves
 * some to reads on which others wait, and it is as many as a server on the other side of a room answers at once.
 */
const width = 28;

/** Does it for each, some at a time, and gives the results in the order of the items. */
export const mapConcurrently = async <T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> => {
  const results: R[] = [];
  const next = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of next) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
};

/** Does it once for each key, however often it is asked for. */
export const memoizeByKey = <R>(work: (key: string) => Promise<R>): ((key: string) => Promise<R>) => {
  const done = new Map<string, Promise<R>>();
  return (key) => {
    const known = done.get(key) ?? work(key);
    done.set(key, known);
    return known;
  };
};
