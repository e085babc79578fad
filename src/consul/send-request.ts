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
  /** Without one the body of the answer is not looked at. */
  readonly schema?: z.ZodType<T>;
  /** Changes the cluster: sent once, on a connection of its own. */
  readonly write?: true;
  /** It asks about another token, role or policy than the one it uses. */
  readonly aboutOther?: true;
  /** What is secret in the body. */
  readonly secrets?: readonly string[];
  /** Its answer may hold a secret that is not known before: a failure quotes nothing that looks like one. */
  readonly secretAnswer?: true;
  /** Beside those that are always sent, or instead of them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** It may take so many times as long as other requests. Default 1. */
  readonly patience?: number;
}

export interface CallOptions {
  /** Ends the call at once, also while it waits for its turn or for a retry. */
  readonly signal?: AbortSignal | undefined;
  /** Pays for the answer, and makes it too large where nothing is left. */
  readonly allowance?: Allowance;
  /** Instead of the cluster's own (Enterprise). */
  readonly partition?: string;
  /** Instead of the cluster's own (Enterprise); `*` for all, where the endpoint knows that. */
  readonly namespace?: string;
}

export type SendRequest = <T>(request: ApiRequest<T>, call?: CallOptions) => Promise<Answer<T>>;

export interface RequestObservation {
  readonly cluster: string;
  /** The route with its placeholders, such as `/v1/peering/:name`: no names, so few different values. */
  readonly endpoint: string;
  readonly outcome: 'ok' | ConsulErrorKind;
  /** With the wait for its turn and all retries. */
  readonly tookMs: number;
}

export interface SendRequestOptions extends Omit<Connection, 'address' | 'tls'> {
  readonly origin: string;
  readonly limits: ClientLimits;
  readonly transport: Transport;
  readonly random: () => number;
  readonly onRequest?: (observed: RequestObservation) => void;
}

/** Sends what an endpoint asks, in the scope and with the token of one cluster. */
export const createSendRequest = (options: SendRequestOptions): SendRequest => {
  const { cluster, origin, token, datacenter, onRequest } = options;
  const attempt = createSendWithRetries(options);
  const exposed = !options.allowPlainHttp && isExposed(origin);

  const resultOf = async (
    request: ApiRequest<unknown>,
    path: string | undefined,
    asked: SentRequest,
    { signal, allowance }: CallOptions,
  ): Promise<Result<HttpReply, TransportFailure>> => {
    if (path === undefined) return failure(unaskable);
    const { method = 'GET', body, headers, patience = 1, write = false } = request;
    // A write without a token may still give a secret back.
    if (exposed && (asked.withToken || write)) return failure(plainHttp(origin));
    const outgoing = {
      method,
      path,
      fresh: write,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(headers === undefined ? {} : { headers }),
    };
    return attempt({
      outgoing,
      write,
      patience,
      signal,
      allowance,
      classify: (reply) => classifyReply(reply, asked),
    });
  };

  return async <T>(request: ApiRequest<T>, call: CallOptions = {}): Promise<Answer<T>> => {
    const started = performance.now();
    const tookMs = (): number => performance.now() - started;
    const path = formatPath(request, {
      dc: datacenter,
      partition: call.partition ?? options.partition,
      ns: call.namespace ?? options.namespace,
    });
    const secrets = [...(token === undefined ? [] : [token]), ...(request.secrets ?? [])];
    const asked: SentRequest = {
      origin,
      // Someone may have given the token itself for a name.
      endpoint: redactSecrets(path ?? request.route, secrets),
      aboutOther: request.aboutOther === true,
      withToken: token !== undefined,
      secretAnswer: request.secretAnswer === true,
      secrets,
    };
    const result = await resultOf(request, path, asked, call);
    const answer: Answer<T> = !result.ok
      ? toFailedAnswer(result.error, asked.endpoint)
      : parseReply(result.value, request.schema, asked, tookMs, call.allowance);
    const outcome = answer.ok ? 'ok' : answer.error.kind;
    onRequest?.({ cluster, endpoint: request.route, outcome, tookMs: tookMs() });
    return answer;
  };
};

const unaskable: TransportFailure = {
  // Not `not-found`: something may well have that name.
  kind: 'malformed',
  cause: 'bad-name',
  message: 'The name is empty, a dot segment or not valid Unicode: no path of the HTTP API can carry it',
};

const plainHttp = (origin: string): TransportFailure => ({
  kind: 'unreachable',
  cause: 'plain-http',
  message: `Nothing was sent: ${origin} is plain HTTP, on which a token can be read on its way. Use https://, or set allow_plain_http: true for the cluster`,
});
