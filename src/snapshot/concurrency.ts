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

/** Returns a function that makes a value when it is first called, and returns the same value from then on. */
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

/** Returns a function that runs `work` once for each key, and returns the same promise for equal keys. */
export const memoizeByKey = <T, R>(
  work: (item: T) => Promise<R>,
  keyOf: (item: T) => string,
): ((item: T) => Promise<R>) => {
  const results = new Map<string, Promise<R>>();
  return (item) => {
    const key = keyOf(item);
    const result = results.get(key) ?? work(item);
    results.set(key, result);
    return result;
  };
};

/** Returns the items without those whose key an earlier item has. */
export const uniqueByKey = <T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] => {
  const known = new Set<string>();
  return items.filter((item) => {
    const isNew = !known.has(keyOf(item));
    known.add(keyOf(item));
    return isNew;
  });
};
