import { budget } from '../config/budget';
import type { Allowance } from './allowance';
import { createSemaphore } from './semaphore';
import type { TransportFailure, Outgoing, HttpReply, Transport } from './transport';
import { failure, type Failure, type Result } from '../result';
import { shareSignal } from '../share-signal';

export interface ClientLimits {
  /** For one read, from the start to the last byte, with retries and without the wait for a connection, in ms. */
  readonly requestMs: number;
  /** For one write, in ms. Establishing a peering takes up to 15 s. */
  readonly writeMs: number;
  /** Silence after which a read on a connection that was used before is also sent on a new one, in ms. */
  readonly silentMs: number;
  /** Maximum of connections, and so of concurrent requests. */
  readonly connections: number;
  /** Maximum bytes of an answer, compressed as well as decompressed. */
  readonly answerBytes: number;
  /** Maximum of retries of a read, for transient failures. */
  readonly retries: number;
  /** Maximum pause before the first retry, in ms; it doubles with each. The pause itself is random. */
  readonly retryMs: number;
}

export const defaultClientLimits: ClientLimits = {
  requestMs: 10_000,
  writeMs: 30_000,
  silentMs: 3000,
  connections: 64,
  answerBytes: budget.answerBytes,
  retries: 2,
  retryMs: 250,
};

export interface RetriableRequest {
  readonly outgoing: Outgoing;
  /** Never retried. */
  readonly write: boolean;
  /** Factor for the time limit. */
  readonly patience: number;
  readonly signal: AbortSignal | undefined;
  /** Counts the bytes of the answers. */
  readonly allowance: Allowance | undefined;
  /** Decides by status and body if a reply is a success. */
  readonly classify: (reply: HttpReply) => Result<HttpReply, TransportFailure>;
}

/** Returns a function that sends requests with limited concurrency, a time limit, and retries of reads. It never rejects. */
export const createSendWithRetries = (options: {
  readonly origin: string;
  readonly limits: ClientLimits;
  readonly transport: Transport;
  readonly random: () => number;
}): ((attempts: RetriableRequest) => Promise<Result<HttpReply, TransportFailure>>) => {
  const { origin, limits, transport, random } = options;
  const semaphore = createSemaphore(limits.connections);

  /** Tries until one attempt succeeds, fails for good, or is the last. */
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
      // The attempt was cut off. The failure of the previous one tells more than the timeout.
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
    const message = `No complete answer from ${origin} within ${limitMs(attempts) / 1000} s. Check the network and the load of the cluster`;
    return { kind: 'timeout', message };
  };

  return async (attempts) => {
    const { signal } = attempts;
    if (signal) shareSignal(signal);
    if (!(await semaphore.acquire(signal))) return failure(cancelled);
    const end = new AbortController();
    const cancel = (): void => end.abort();
    const timer = setTimeout(() => end.abort(deadline), limitMs(attempts));
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await attemptAll(attempts, end.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      semaphore.release();
    }
  };
};

const deadline = Symbol('deadline');

const cancelled: TransportFailure = {
  kind: 'timeout',
  cause: 'cancelled',
  message: 'Cancelled before the answer came: it was interrupted, or its time was up',
};

/** Resolves to false if the signal ends it early. */
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
