import { setMaxListeners } from 'node:events';
import type { z } from 'zod';
import type { Answer, AnswerMeta, ConsulErrorKind } from './answer';
import { legible } from './hostile';
import { looksLikeMarkup, parseBody } from './parse';
import { type Places, pathOf } from './path';
import { refusalOf } from './refusals';
import { createSlots } from './slots';
import type { Failure, Outgoing, Reply, Transport } from './transport';

export interface Limits {
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

export const defaultLimits: Limits = {
  requestMs: 10_000,
  writeMs: 30_000,
  connections: 64,
  answerBytes: 64 * 1024 * 1024,
  retries: 2,
  retryMs: 250,
};

export interface Observed {
  readonly cluster: string;
  /** The route with its placeholders, such as `/v1/peering/:name`: no names, so few different values. */
  readonly endpoint: string;
  readonly outcome: 'ok' | ConsulErrorKind;
  /** With waiting for a turn and retries. */
  readonly tookMs: number;
}

export interface Request<T> extends Places {
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
}

export interface Call {
  /** Ends the call at once, also while it waits for its turn or for a retry. */
  readonly signal?: AbortSignal;
  /** Instead of the cluster's own (Enterprise). */
  readonly partition?: string;
  /** Instead of the cluster's own (Enterprise); `*` for all, where the endpoint knows that. */
  readonly namespace?: string;
}

export type Ask = <T>(request: Request<T>, call?: Call) => Promise<Answer<T>>;

export interface AskOptions {
  readonly cluster: string;
  readonly origin: string;
  readonly token?: string;
  readonly allowPlainHttp: boolean;
  readonly datacenter?: string;
  readonly partition?: string;
  readonly namespace?: string;
  readonly limits: Limits;
  readonly transport: Transport;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly onRequest?: (observed: Observed) => void;
}

/** One request with all that surrounds it: its turn, its time limit, its retries, and what its answer means. */
export const createAsk = (options: AskOptions): Ask => {
  const { limits, transport, origin, token } = options;
  const slots = createSlots(limits.connections);
  const exposed = !options.allowPlainHttp && isExposed(origin);

  /** One attempt: a 2xx answer, or why there is none. */
  const attempt = async (
    request: Request<unknown>,
    outgoing: Outgoing,
    signal: AbortSignal,
  ): Promise<Reply | Failure> => {
    const sent = await transport.send(outgoing, signal);
    if (!sent.ok) return sent.failure;
    const { status } = sent.reply;
    if (status >= 200 && status < 300) return sent.reply;
    return refused(sent.reply, request);
  };

  const refused = ({ status, headers, body }: Reply, request: Request<unknown>): Failure => {
    const secrets = secretsOf(request);
    if (status >= 300 && status < 400) {
      const to = legible(headers['location'] ?? 'nowhere', secrets);
      const says = `The answer is a redirect (${status}) to ${to}, and was not followed. Expected Consul itself at ${origin}, not a proxy or login page`;
      return { kind: 'malformed', cause: 'redirect', status, says };
    }
    const text = body.toString();
    const { says, ...refusal } = refusalOf(status, text, {
      aboutOther: request.aboutOther === true,
      withToken: token !== undefined,
    });
    const quoted = looksLikeMarkup(text) ? 'an HTML page' : legible(text, secrets);
    return { ...refusal, status, says: `${says} (${status}${quoted && `: ${quoted}`})` };
  };

  /** Attempts until one is good, will not get better, or is the last. */
  const attempts = async (
    request: Request<unknown>,
    outgoing: Outgoing,
    signal: AbortSignal,
  ): Promise<Reply | Failure> => {
    let before: Failure | undefined;
    for (let retry = 0; ; retry++) {
      const result = await attempt(request, outgoing, signal);
      if (!('says' in result)) return result;
      // Cut off in the middle. What the attempt before saw says more than that there was no time for another.
      if (signal.aborted) return before ?? ended(signal, request);
      if (!result.passes || request.write || retry === limits.retries) return result;
      if (!(await pause(options.random() * limits.retryMs * 2 ** retry, signal))) return result;
      before = result;
    }
  };

  const ended = (signal: AbortSignal, request: Request<unknown>): Failure =>
    signal.reason === deadline
      ? {
          kind: 'timeout',
          says: `No whole answer from ${origin} within ${limitMs(request) / 1000} s. Check the network and the load of the cluster`,
        }
      : cancelled;

  const limitMs = (request: Request<unknown>): number => (request.write ? limits.writeMs : limits.requestMs);

  const secretsOf = (request: Request<unknown>): readonly string[] =>
    [token ?? '', ...(request.secrets ?? [])].filter((secret) => secret !== '');

  const inTime = async (
    request: Request<unknown>,
    outgoing: Outgoing,
    signal: AbortSignal | undefined,
  ): Promise<Reply | Failure> => {
    // Hundreds of requests share one signal, and each takes its listener away again: that is no leak.
    if (signal) setMaxListeners(0, signal);
    if (!(await slots.take(signal))) return cancelled;
    const end = new AbortController();
    const cancel = (): void => end.abort('cancelled');
    const timer = setTimeout(() => end.abort(deadline), limitMs(request));
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await attempts(request, outgoing, end.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      slots.give();
    }
  };

  const resultOf = async (
    request: Request<unknown>,
    path: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Reply | Failure> => {
    if (path === undefined) return unaskable;
    // A write without a token may still give a secret back.
    if (exposed && (token !== undefined || request.write)) {
      const says = `Nothing was sent: ${origin} is plain HTTP, and a token would travel in the clear. Use https://, or set allow_plain_http: true for the cluster`;
      return { kind: 'unreachable', cause: 'plain-http', says };
    }
    const { method = 'GET', body } = request;
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return inTime(request, { method, path, fresh: request.write === true, ...text }, signal);
  };

  return async <T>(request: Request<T>, call: Call = {}): Promise<Answer<T>> => {
    const started = performance.now();
    const path = pathOf(request, {
      dc: options.datacenter,
      partition: call.partition ?? options.partition,
      ns: call.namespace ?? options.namespace,
    });
    const endpoint = path ?? request.route;
    const result = await resultOf(request, path, call.signal);
    const answer = answerOf(request, result, {
      endpoint,
      tookMs: () => performance.now() - started,
      expected: `a Consul HTTP API at ${origin}`,
      secrets: secretsOf(request),
    });
    options.onRequest?.({
      cluster: options.cluster,
      endpoint: request.route,
      outcome: answer.ok ? 'ok' : answer.error.kind,
      tookMs: performance.now() - started,
    });
    return answer;
  };
};

const answerOf = <T>(
  request: Request<T>,
  result: Reply | Failure,
  about: {
    readonly endpoint: string;
    readonly tookMs: () => number;
    readonly expected: string;
    readonly secrets: readonly string[];
  },
): Answer<T> => {
  const { endpoint } = about;
  if ('says' in result) {
    const { kind, cause, status, says } = result;
    return {
      ok: false,
      error: {
        kind,
        ...(cause === undefined ? {} : { cause }),
        endpoint,
        ...(status === undefined ? {} : { status }),
        message: says,
      },
    };
  }
  const { status, body } = result;
  // Without a schema the caller's type is `undefined`.
  const parsed = request.schema
    ? parseBody(body, request.schema, about.secrets)
    : { ok: true as const, value: undefined as T };
  if (!parsed.ok) {
    const message = `${parsed.says}. Expected ${about.expected}, version 1.14 or later`;
    return { ok: false, error: { kind: 'malformed', endpoint, status, message } };
  }
  return { ok: true, value: parsed.value, meta: metaOf(result, endpoint, about.tookMs()) };
};

const metaOf = ({ headers, body }: Reply, endpoint: string, tookMs: number): AnswerMeta => {
  const policy = headers['x-consul-default-acl-policy'];
  const dateMs = Date.parse(headers['date'] ?? '');
  return {
    endpoint,
    filteredByAcls: headers['x-consul-results-filtered-by-acls'] === 'true',
    ...(policy === 'allow' || policy === 'deny' ? { defaultAclPolicy: policy } : {}),
    ...(Number.isNaN(dateMs) ? {} : { dateMs }),
    tookMs,
    bytes: body.length,
  };
};

const deadline = 'deadline';

const cancelled: Failure = {
  kind: 'timeout',
  cause: 'cancelled',
  says: 'The read was given up before its answer came, because what it was for was cancelled or out of time',
};

const unaskable: Failure = {
  kind: 'not-found',
  cause: 'bad-name',
  says: 'The name is empty, a dot segment or not valid Unicode, which no path of the HTTP API can carry',
};

/** Plain HTTP to anything but this machine. */
const isExposed = (origin: string): boolean => {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'http:' && !/^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/.test(hostname);
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
