import { setMaxListeners } from 'node:events';
import { budget } from '../config/budget';
import type { Allowance } from './allowance';
import { createSemaphore } from './semaphore';
import type { TransportFailure, Outgoing, HttpReply, Transport } from './transport';
import { failure, type Failure, type Result } from '../result';

export interface ClientLimits {
  /** For one read, from its turn to the last byte, retries included, in ms. */
  readonly requestMs: number;
  /** For one write, in ms. Establishing a peering takes up to 15 s. */
  readonly writeMs: number;
  /** Connections, and so requests at a time. */
  readonly connections: number;
  /** Most bytes of an answer, compressed as well as decompressed. */
  readonly answerBytes: number;
  /** How often a read is asked again, for causes that can pass. */
  readonly retries: number;
  /** The pause before the first retry is random below this many ms, before the next below twice as many. */
  readonly retryMs: number;
}

export const defaultClientLimits: ClientLimits = {
  requestMs: 10_000,
  writeMs: 30_000,
  connections: 64,
  answerBytes: budget.answerBytes,
  retries: 2,
  retryMs: 250,
};

export interface RetriableRequest {
  readonly outgoing: Outgoing;
  /** Sent once, whatever happens. */
  readonly write: boolean;
  /** So many times the usual limit. */
  readonly patience: number;
  readonly signal: AbortSignal | undefined;
  /** Pays for the bytes of the answers. */
  readonly allowance: Allowance | undefined;
  /** Whether an answer is one, by its status and body. */
  readonly classify: (reply: HttpReply) => Result<HttpReply, TransportFailure>;
}

/** Gives requests their turn, their time limit, and reads their retries. What it returns never rejects. */
export const createSendWithRetries = (options: {
  readonly origin: string;
  readonly limits: ClientLimits;
  readonly transport: Transport;
  readonly random: () => number;
}): ((attempts: RetriableRequest) => Promise<Result<HttpReply, TransportFailure>>) => {
  const { origin, limits, transport, random } = options;
  const slots = createSemaphore(limits.connections);

  /** Until one is good, will not get better, or is the last. */
  const attemptAll = async (
    attempts: RetriableRequest,
    signal: AbortSignal,
  ): Promise<Result<HttpReply, TransportFailure>> => {
    const { outgoing, write, classify } = attempts;
    let before: Failure<TransportFailure> | undefined;
    for (let retry = 0; ; retry++) {
      const sent = await transport.send(outgoing, signal, attempts.allowance);
      const result = sent.ok ? classify(sent.value) : sent;
      if (result.ok) return result;
      // Cut off in the middle. What the attempt before saw says more than that there was no time for another.
      if (signal.aborted)
        return before ?? failure(signal.reason === deadline ? timeout(attempts) : cancelled);
      if (!result.error.transient || write || retry === limits.retries) return result;
      if (!(await pause(random() * limits.retryMs * 2 ** retry, signal))) return result;
      before = result;
    }
  };

  const limitMs = ({ write, patience }: RetriableRequest): number =>
    patience * (write ? limits.writeMs : limits.requestMs);

  const timeout = (attempts: RetriableRequest): TransportFailure => {
    const message = `No whole answer from ${origin} within ${limitMs(attempts) / 1000} s. Check the network and the load of the cluster`;
    return { kind: 'timeout', message };
  };

  return async (attempts) => {
    const { signal } = attempts;
    // Hundreds of requests share one signal, and each takes its listener away again: that is no leak.
    if (signal) setMaxListeners(0, signal);
    if (!(await slots.acquire(signal))) return failure(cancelled);
    const end = new AbortController();
    const cancel = (): void => end.abort();
    const timer = setTimeout(() => end.abort(deadline), limitMs(attempts));
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await attemptAll(attempts, end.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      slots.release();
    }
  };
};

const deadline = Symbol('deadline');

const cancelled: TransportFailure = {
  kind: 'timeout',
  cause: 'cancelled',
  message: 'Given up before its answer came: what it was for was cancelled or out of time',
};

/** Resolves to false where the signal ends it early. */
const pause = (ms: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
