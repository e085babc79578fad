import { setMaxListeners } from 'node:events';

/** Allows any number of calls to listen to a signal at once. Each removes its listener, which is not a leak. */
export const shareSignal = (signal: AbortSignal): void => setMaxListeners(0, signal);
