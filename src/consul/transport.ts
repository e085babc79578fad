import { X509Certificate } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { createSecureContext, type SecureContext } from 'node:tls';
import { urlToHttpOptions } from 'node:url';
import { createGunzip, type Gunzip } from 'node:zlib';
import { Axios, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { budget } from '../config/budget';
import type { Allowance } from './allowance';
import type { ConsulErrorCause, ConsulErrorKind } from './answer';
import { explainConnectionError } from './explain-connection-error';
import { type ForwardProxy, throughProxy } from './forward-proxy';
import { raceSilent } from './race-silent';
import { isLoopback } from '../config/plain-http';
import { failure, type Result, success } from '../result';
import { omitUndefined } from '../omit-undefined';
import { type SettingNames, withSettingNames } from '../config/setting-names';

/** Time until an idle connection is probed, in ms. */
const keepAliveMsecs = 60_000;

/** Idle connections are closed after this many ms: a firewall that dropped one would swallow the next request. */
const idleMs = 30_000;

export interface TransportOptions {
  /** `https://host:port`, already an origin. */
  readonly origin: string;
  /** Path of a Unix socket to connect to, instead of the host of the origin. */
  readonly socketPath?: string | undefined;
  readonly token?: string | undefined;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly serverName?: string;
    readonly skipVerify?: boolean;
  };
  readonly proxy?: ForwardProxy | undefined;
  /** Names of settings in errors, if the cluster is in no clusters file. */
  readonly settingNames?: SettingNames | undefined;
  readonly connections: number;
  /** Silence, in ms, after which a request on a connection that was used before is also sent on a new one. */
  readonly silentMs: number;
  /** Maximum bytes of a body, compressed as well as decompressed. */
  readonly answerBytes: number;
}

export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly body?: string | undefined;
  /** Instead of the default headers, such as the token. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Uses a new connection, so that one that died while idle cannot leave the outcome of a write unknown. Without it, the
   * request may be sent twice.
   */
  readonly fresh: boolean;
}

/** A whole answer of any status, its body decompressed. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** The reason why there is no complete answer. */
export interface TransportFailure {
  readonly kind: ConsulErrorKind;
  readonly cause?: ConsulErrorCause;
  readonly status?: number;
  readonly message: string;
  readonly transient?: boolean;
}

export interface Transport {
  /**
   * One request and its whole answer; of a refusal, its beginning. Never rejects. If a signal ends it, the
   * failure is the one that the interruption caused.
   *
   * @param allowance pays for the bytes of the answer
   */
  readonly send: (
    outgoing: Outgoing,
    signal: AbortSignal,
    allowance?: Allowance,
  ) => Promise<Result<HttpReply, TransportFailure>>;
  /** Closes all connections. */
  readonly close: () => void;
}

/**
 * Creates an axios client that follows no redirect and uses no proxy of the environment (either would receive the
 * token), transforms nothing, and returns failures as plain data: errors of axios hold the request with its headers, and
 * could be printed.
 */
export const createTransport = (options: TransportOptions): Transport => {
  const { origin, token, answerBytes } = options;
  const tls = options.origin.startsWith('https:') ? secureContext(options) : undefined;
  if (tls?.ok === false) return { send: () => Promise.resolve(tls), close: () => undefined };

  const createAgent = (keepAlive: boolean): http.Agent => {
    const shared = { keepAlive, keepAliveMsecs, maxSockets: options.connections, timeout: idleMs };
    const agent =
      tls === undefined
        ? new http.Agent(shared)
        : new https.Agent({
            ...shared,
            secureContext: tls.value,
            // Explicit: NODE_TLS_REJECT_UNAUTHORIZED=0 changes the default.
            rejectUnauthorized: options.tls.skipVerify !== true,
            ...omitUndefined({ servername: options.tls.serverName }),
          });
    return options.proxy === undefined ? agent : throughProxy(agent, options.proxy);
  };
  const kept = createAgent(true);
  const fresh = createAgent(false);
  // Without the defaults of the library, which are merged into each request and hold nothing that is needed.
  const client = new Axios({
    transformRequest: [],
    transformResponse: [],
    validateStatus: () => true,
    headers: {
      Accept: 'application/json',
      // On this machine, compression costs more than it saves (0.03 s of Consul's time for 20,000 names).
      'Accept-Encoding': isLoopback(origin) && options.proxy === undefined ? 'identity' : 'gzip',
      'User-Agent': 'peering-bot',
      ...omitUndefined({ 'X-Consul-Token': token }),
    },
  });

  const { request: startRequest } = tls === undefined ? http : https;
  const { protocol, hostname, port } = urlToHttpOptions(new URL(origin));
  const server = { protocol, hostname, port, ...omitUndefined({ socketPath: options.socketPath }) };

  /**
   * Sends what axios prepared, and resolves once the answer begins. The adapter of axios would do that for three times the
   * CPU, with redirects, proxies and progress that no call wants.
   */
  const exchange = (
    agent: http.Agent,
    { method, path, body }: Outgoing,
    config: InternalAxiosRequestConfig,
    signal: AbortSignal,
    onRequest?: (request: http.ClientRequest) => void,
  ): Promise<AxiosResponse<Readable>> =>
    new Promise((resolve, reject) => {
      const sent = config.headers.toJSON() as http.OutgoingHttpHeaders;
      const request = startRequest({ ...server, agent, method, path, headers: sent });
      const cancel = (): void => {
        const error = new Error('cancelled');
        request.destroy(error);
        // A request that has no socket yet emits no error.
        reject(error);
      };
      signal.addEventListener('abort', cancel, { once: true });
      request.once('close', () => {
        signal.removeEventListener('abort', cancel);
        // Node closes an upgrade (101) that nobody takes without an error. Has no effect after an answer.
        reject(Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' }));
      });
      request.on('error', reject);
      request.on('response', (response: http.IncomingMessage) => {
        const { statusCode: status = 0, statusMessage: statusText = '' } = response;
        const headers = response.headers as AxiosResponse['headers'];
        resolve({ data: response, status, statusText, headers, config, request });
      });
      onRequest?.(request);
      request.end(body);
    });

  /** @param onRequest called with the request before it has a connection */
  const requestOn = (
    agent: http.Agent,
    outgoing: Outgoing,
    signal: AbortSignal,
    onRequest?: (request: http.ClientRequest) => void,
  ): Promise<AxiosResponse<Readable>> =>
    client.request<Readable>({
      url: outgoing.path,
      signal,
      adapter: (config) => exchange(agent, outgoing, config, signal, onRequest),
      headers: {
        ...(outgoing.body !== undefined && { 'Content-Type': 'application/json' }),
        ...outgoing.headers,
      },
    });

  /**
   * Sends on a connection of the pool. If that one is silently dead, such as after a firewall forgot it, the answer comes
   * on a new one, and the idle ones are closed with it.
   */
  const requestOnKept = (outgoing: Outgoing, signal: AbortSignal): Promise<AxiosResponse<Readable>> => {
    let started: http.ClientRequest | undefined;
    return raceSilent(
      (ended) =>
        requestOn(kept, outgoing, ended, (request) => {
          started = request;
        }),
      (ended) => requestOn(fresh, outgoing, ended),
      {
        afterMs: options.silentMs,
        isSuspect: () => started?.reusedSocket === true,
        onDead: () => {
          for (const socket of Object.values(kept.freeSockets).flat()) socket?.destroy();
        },
        signal,
      },
    );
  };

  const send: Transport['send'] = async (outgoing, signal, allowance) => {
    if (allowance?.isSpent()) return failure(snapshotTooLarge());
    try {
      const response = await (outgoing.fresh
        ? requestOn(fresh, outgoing, signal)
        : requestOnKept(outgoing, signal));
      const headers = response.headers as HttpReply['headers'];
      const { status, data } = response;
      const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
      if (encoding !== 'identity' && encoding !== 'gzip') {
        data.destroy();
        const message = 'The answer has an encoding that was not requested';
        return failure({ kind: 'malformed', status, message });
      }
      const isRefusal = status >= 300;
      const collected = await collect(data, {
        announced: Number(headers['content-length'] ?? 0),
        isCompressed: encoding === 'gzip',
        limit: isRefusal ? Math.min(budget.refusalBytes, answerBytes) : answerBytes,
        isCut: isRefusal,
        allowance,
      });
      return typeof collected === 'string'
        ? failure({ ...problems[collected](answerBytes), status })
        : success({ status, headers, body: collected });
    } catch (error) {
      return failure(noAnswer(error, options.socketPath ?? origin, options.settingNames));
    }
  };
  return { send, close: () => [kept, fresh].forEach((agent) => agent.destroy()) };
};

/** Reads the TLS files once instead of for every connection. */
const secureContext = ({
  tls: { ca, cert, key },
  settingNames,
}: TransportOptions): Result<SecureContext, TransportFailure> => {
  try {
    // A file without any certificate would count as an empty list of CAs.
    if (ca !== undefined) void new X509Certificate(ca);
    return success(createSecureContext({ ca, cert, key }));
  } catch (error) {
    const message = `The TLS files cannot be used (${codeOf(error)}). Expected PEM: tls.ca_file with certificates, tls.cert_file and tls.key_file with a pair`;
    return failure({ kind: 'unreachable', cause: 'tls', message: withSettingNames(message, settingNames) });
  }
};

interface Collecting {
  /** From the header of the answer; 0 if it has none. */
  readonly announced: number;
  readonly isCompressed: boolean;
  /** Maximum bytes, compressed as well as decompressed. */
  readonly limit: number;
  /** Cuts the body at the limit instead of failing. */
  readonly isCut: boolean;
  readonly allowance: Allowance | undefined;
}

type CollectProblem = 'answer-too-large' | 'snapshot-too-large' | 'bad-gzip';

/**
 * Reads a body, decompressed, and stops at a limit: what follows is not read, so that a few compressed bytes that
 * unpack to gigabytes take no more memory than the limit. Rejects where the connection breaks.
 */
const collect = (
  stream: Readable,
  { announced, isCompressed, limit, isCut, allowance }: Collecting,
): Promise<Buffer | CollectProblem> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    let size = 0;
    const unpacked: Readable = isCompressed ? createGunzip() : stream;
    const end = (result: Buffer | CollectProblem): void => {
      resolve(result);
      if (typeof result !== 'string' && !isCut) return;
      stream.destroy();
      unpacked.destroy();
    };
    // A destroyed stream still emits an error.
    stream.on('error', (error) => {
      unpacked.destroy();
      reject(error);
    });
    if (announced > limit && !isCut) return end('answer-too-large');
    stream.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > limit) end(isCut ? Buffer.concat(chunks) : 'answer-too-large');
    });
    if (unpacked !== stream) {
      // An answer without a body has no gzip header either.
      unpacked.on('error', () => end(received === 0 ? Buffer.alloc(0) : 'bad-gzip'));
      stream.pipe(unpacked as Gunzip);
    }
    unpacked.on('data', (chunk: Buffer) => {
      if (allowance?.takeBytes(chunk.length) === false) return end('snapshot-too-large');
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else end(isCut ? Buffer.concat(chunks) : 'answer-too-large');
    });
    unpacked.on('end', () => end(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
  });

const snapshotTooLarge = (): TransportFailure => ({
  kind: 'too-large',
  message:
    'All answers of this cluster together are larger than one check reads; only the first ones were used',
});

const problems: Readonly<Record<CollectProblem, (limit: number) => TransportFailure>> = {
  'answer-too-large': (limit) => ({
    kind: 'too-large',
    message: `The answer is larger than ${limit} bytes, the maximum`,
  }),
  'snapshot-too-large': snapshotTooLarge,
  'bad-gzip': () => ({
    kind: 'malformed',
    message: 'The answer is marked as gzip, but it is not gzip, or it is cut short',
  }),
};

const codeOf = (error: unknown): string => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown error';
};

const noAnswer = (
  error: unknown,
  origin: string,
  settingNames: SettingNames | undefined,
): TransportFailure => {
  const { message, ...problem } = explainConnectionError(codeOf(error));
  return { ...problem, message: `No answer from ${origin}: ${withSettingNames(message, settingNames)}` };
};
