import { AsyncLocalStorage } from 'node:async_hooks';

const requests = new AsyncLocalStorage<string>();

/**
 * Does work on behalf of a request. Whatever it calls can ask for the request's id, so that logs of shared
 * clients name the request without each of their callers passing it on.
 */
export const inRequest = <T>(id: string, work: () => T): T => requests.run(id, work);

/** The id of the request that the caller works for, where there is one. */
export const currentRequest = (): string | undefined => requests.getStore();
