/**
 * Runs tasks one at a time for each key. Of the tasks that arrive meanwhile, only the newest runs after it. A task must
 * not throw.
 */
export const createLatestOnly = (): ((key: string, task: () => Promise<void>) => Promise<void>) => {
  const waiting = new Map<string, (() => Promise<void>) | undefined>();
  return async (key, task) => {
    const isRunning = waiting.has(key);
    waiting.set(key, isRunning ? task : undefined);
    if (isRunning) return;
    for (let next: (() => Promise<void>) | undefined = task; next !== undefined; next = waiting.get(key)) {
      waiting.set(key, undefined);
      await next();
    }
    waiting.delete(key);
  };
};
