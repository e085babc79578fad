import type { z } from 'zod';
import type { Connection } from '../config/connection';
import { isExposed } from '../config/plain-http';
import type { Allowance } from './allowance';
import type { Answer, ConsulErrorKind } from './answer';
import { createSendWithRetries, type ClientLimits } from './send-with-retries';
import { redactSecrets } from './sanitize-text';
import { type SentRequest, parseReply, toFailedAnswer, classifyReply } from './read-reply';
import { type RequestTarget, formatPath } from './format-path';
import type { TransportFailure, Outgoing, HttpReply, Transport } from './transport';
import { failure, type Result } from '../result';

interface ApiRequest<T> extends RequestTarget {
  /** Default `GET`. */
  readonly method?: Outgoing['method'];
  readonly body?: unknown;
  /** Without one, the body of the answer is ignored. */
  readonly schema?: z.ZodType<T>;
  /** The request changes the cluster: it is sent once, on a connection of its own. */
  readonly write?: true;
  /** The request is about a token, role or policy other than its own. */
  readonly aboutOther?: true;
  /** Secrets in the body. */
  readonly secrets?: readonly string[];
  /** The answer may hold a secret that is not known yet: a failure quotes nothing that looks like one. */
  readonly secretAnswer?: true;
  /** Added to the default headers, or instead of them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Factor for its time limit. Default 1. */
  readonly patience?: number;
}

export interface CallOptions {
  /** Ends the call at once, also while it waits for a connection or for a retry. */
  readonly signal?: AbortSignal | undefined;
  /** Counts the size of the answer. Without any left, the answer is too large. */
  readonly allowance?: Allowance;
  /** Instead of the cluster's own (Enterprise). */
  readonly partition?: string;
  /** Instead of the cluster's own (Enterprise); `*` for all, if the endpoint supports that. */
  readonly namespace?: string;
}

export type SendRequest = <T>(request: ApiRequest<T>, call?: CallOptions) => Promise<Answer<T>>;

export interface RequestObservation {
  readonly cluster: string;
  /** The route with its placeholders, such as `/v1/peering/:name`: no names, so few different values. */
  readonly endpoint: string;
  readonly outcome: 'ok' | ConsulErrorKind;
  /** In ms since the epoch. */
  readonly startedAt: number;
  /** Includes the wait for a connection and all retries. */
  readonly tookMs: number;
}

export interface SendRequestOptions extends Omit<Connection, 'address' | 'tls'> {
  readonly origin: string;
  readonly limits: ClientLimits;
  readonly transport: Transport;
  readonly random: () => number;
  readonly onRequest?: (observed: RequestObservation) => void;
}

/** Returns a function that sends requests to one cluster, with its token, partition and namespace. */
export const createSendRequest = (options: SendRequestOptions): SendRequest => {
  const { cluster, origin, token, datacenter, onRequest } = options;
  const attempt = createSendWithRetries(options);
  const exposed = !options.allowPlainHttp && isExposed(origin, options.proxy?.address);

  const resultOf = async (
    request: ApiRequest<unknown>,
    path: string | undefined,
    sent: SentRequest,
    { signal, allowance }: CallOptions,
  ): Promise<Result<HttpReply, TransportFailure>> => {
    if (path === undefined) return failure(badName);
    const { method = 'GET', body, headers, patience = 1, write = false } = request;
    // A write without a token may still return a secret.
    if (exposed && (sent.withToken || write)) return failure(plainHttp(origin));
    const outgoing = {
      method,
      path,
      fresh: write,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers,
    };
    return attempt({
      outgoing,
      write,
      patience,
      signal,
      allowance,
      classify: (reply) => classifyReply(reply, sent),
    });
  };

  return async <T>(request: ApiRequest<T>, call: CallOptions = {}): Promise<Answer<T>> => {
    const startedAt = Date.now();
    const started = performance.now();
    const tookMs = (): number => performance.now() - started;
    const path = formatPath(request, {
      dc: datacenter,
      partition: call.partition ?? options.partition,
      ns: call.namespace ?? options.namespace,
    });
    const secrets = [...(token === undefined ? [] : [token]), ...(request.secrets ?? [])];
    const sent: SentRequest = {
      origin,
      // A caller may have passed the token itself as a name.
      endpoint: redactSecrets(path ?? request.route, secrets),
      aboutOther: request.aboutOther === true,
      withToken: token !== undefined,
      secretAnswer: request.secretAnswer === true,
      secrets,
    };
    const result = await resultOf(request, path, sent, call);
    const answer: Answer<T> = !result.ok
      ? toFailedAnswer(result.error, sent.endpoint)
      : parseReply(result.value, request.schema, sent, tookMs, call.allowance);
    const outcome = answer.ok ? 'ok' : answer.error.kind;
    onRequest?.({ cluster, endpoint: request.route, outcome, startedAt, tookMs: tookMs() });
    return answer;
  };
};

const badName: TransportFailure = {
  // Not `not-found`: it may exist.
  kind: 'malformed',
  cause: 'bad-name',
  message: 'The name is empty, a dot segment or not valid Unicode: no path of the HTTP API can carry it',
};

const plainHttp = (origin: string): TransportFailure => ({
  kind: 'unreachable',
  cause: 'plain-http',
  message: `Nothing was sent: ${origin} is plain HTTP, which exposes a token. Use https://, or set allow_plain_http: true for the cluster`,
});
