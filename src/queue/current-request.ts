import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from 'pino';

const requests = new AsyncLocalStorage<string>();

/**
 * Runs work on behalf of a request. Code that it calls can read the request's id, so that logs of shared clients name
 * the request without a parameter. Only if `log` shows those lines, which are of level `debug`: up to Node 22, following
 * a request slows down every promise of the process, and a command costs a fifth more.
 */
export const inRequest = <T>(id: () => string, log: Pick<Logger, 'isLevelEnabled'>, work: () => T): T =>
  log.isLevelEnabled('debug') ? requests.run(id(), work) : work();

/** Returns the id of the request that the caller works for; undefined if requests are not followed. */
export const currentRequest = (): string | undefined => requests.getStore();
