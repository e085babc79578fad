/**
 * Maximum of concurrent requests for the details of one section. That leaves some of the 64 connections to a cluster
 * for reads that others wait for, and is as many as a nearby server answers at once.
 */
const maxConcurrent = 28;

/** Runs `work` for each item, some at a time. Returns the results in the order of the items. */
export const mapConcurrently = async <T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> => {
  const results: R[] = [];
  const next = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of next) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(maxConcurrent, items.length) }, lane));
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
