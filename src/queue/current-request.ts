import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from 'pino';

const requests = new AsyncLocalStorage<string>();

/**
 * Does work on behalf of a request. Whatever it calls can ask for the request's id, so that logs of shared
 * clients name the request without each of their callers passing it on. Only where `log` shows those lines, which
 * are of level `debug`: up to Node 22, following a request slows down every promise of the process, and a command
 * costs a fifth more.
 */
export const inRequest = <T>(id: string, log: Pick<Logger, 'isLevelEnabled'>, work: () => T): T =>
  log.isLevelEnabled('debug') ? requests.run(id, work) : work();

/** The id of the request that the caller works for, where it is followed. */
export const currentRequest = (): string | undefined => requests.getStore();
