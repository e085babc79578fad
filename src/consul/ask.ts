import type { z } from 'zod';
import type { Connection } from '../config/connection';
import { isExposed } from '../config/plain-http';
import type { Allowance } from './allowance';
import type { Answer, ConsulErrorKind } from './answer';
import { createAttempts, isFailure, type Limits } from './attempts';
import { withoutSecrets } from './hostile';
import { type Asked, answerOf, failureAnswer, judge } from './judge';
import { type Places, pathOf } from './path';
import type { Failure, Outgoing, HttpReply, Transport } from './transport';

interface Request<T> extends Places {
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

export interface Call {
  /** Ends the call at once, also while it waits for its turn or for a retry. */
  readonly signal?: AbortSignal;
  /** Pays for the answer, and makes it too large where nothing is left. */
  readonly allowance?: Allowance;
  /** Instead of the cluster's own (Enterprise). */
  readonly partition?: string;
  /** Instead of the cluster's own (Enterprise); `*` for all, where the endpoint knows that. */
  readonly namespace?: string;
}

export type Ask = <T>(request: Request<T>, call?: Call) => Promise<Answer<T>>;

export interface Observed {
  readonly cluster: string;
  /** The route with its placeholders, such as `/v1/peering/:name`: no names, so few different values. */
  readonly endpoint: string;
  readonly outcome: 'ok' | ConsulErrorKind;
  /** With the wait for its turn and all retries. */
  readonly tookMs: number;
}

export interface AskOptions extends Omit<Connection, 'address' | 'tls'> {
  readonly origin: string;
  readonly limits: Limits;
  readonly transport: Transport;
  readonly random: () => number;
  readonly onRequest?: (observed: Observed) => void;
}

/** Sends what an endpoint asks, in the scope and with the token of one cluster. */
export const createAsk = (options: AskOptions): Ask => {
  const { cluster, origin, token, datacenter, onRequest } = options;
  const attempt = createAttempts(options);
  const exposed = !options.allowPlainHttp && isExposed(origin);

  const resultOf = async (
    request: Request<unknown>,
    path: string | undefined,
    asked: Asked,
    { signal, allowance }: Call,
  ): Promise<HttpReply | Failure> => {
    if (path === undefined) return unaskable;
    const { method = 'GET', body, headers, patience = 1, write = false } = request;
    // A write without a token may still give a secret back.
    if (exposed && (asked.withToken || write)) return plainHttp(origin);
    const outgoing = {
      method,
      path,
      fresh: write,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(headers === undefined ? {} : { headers }),
    };
    return attempt({ outgoing, write, patience, signal, allowance, judge: (reply) => judge(reply, asked) });
  };

  return async <T>(request: Request<T>, call: Call = {}): Promise<Answer<T>> => {
    const started = performance.now();
    const tookMs = (): number => performance.now() - started;
    const path = pathOf(request, {
      dc: datacenter,
      partition: call.partition ?? options.partition,
      ns: call.namespace ?? options.namespace,
    });
    const secrets = [...(token === undefined ? [] : [token]), ...(request.secrets ?? [])];
    const asked: Asked = {
      origin,
      // Someone may have given the token itself for a name.
      endpoint: withoutSecrets(path ?? request.route, secrets),
      aboutOther: request.aboutOther === true,
      withToken: token !== undefined,
      secretAnswer: request.secretAnswer === true,
      secrets,
    };
    const result = await resultOf(request, path, asked, call);
    const answer = isFailure(result)
      ? failureAnswer<T>(result, asked.endpoint)
      : answerOf(result, request.schema, asked, tookMs, call.allowance);
    const outcome = answer.ok ? 'ok' : answer.error.kind;
    onRequest?.({ cluster, endpoint: request.route, outcome, tookMs: tookMs() });
    return answer;
  };
};

const unaskable: Failure = {
  // Not `not-found`: something may well have that name.
  kind: 'malformed',
  cause: 'bad-name',
  says: 'The name is empty, a dot segment or not valid Unicode: no path of the HTTP API can carry it',
};

const plainHttp = (origin: string): Failure => ({
  kind: 'unreachable',
  cause: 'plain-http',
  says: `Nothing was sent: ${origin} is plain HTTP, on which a token can be read on its way. Use https://, or set allow_plain_http: true for the cluster`,
});
