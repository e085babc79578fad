import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Config } from '../../config/config';
import { type Environment, readSecret } from '../../config/secret';
import { isQueued, type Producer } from '../../queue/producer';
import { failure, type Result, success } from '../../result';
import { noTracing, type Tracing } from '../../tracing/tracing';
import { parseAlertNotification } from './alert-notification';
import { answerAlert } from './answer-alert';

interface AlertReceiverParts {
  readonly config: () => Pick<Config, 'alertmanager' | 'clusters'>;
  /** Holds the secrets that the configuration names. */
  readonly environment: Environment;
  readonly producer: Pick<Producer, 'enqueue'>;
  /** Slack's id of the workspace. */
  readonly team: string;
  readonly log: Logger;
  readonly tracing?: Tracing;
}

/** Answers a request to the path of Alertmanager. False: the path is another, and nothing is answered. */
export type AlertReceiver = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const endpoint = '/webhooks/alertmanager';
/** A group of a thousand alerts is smaller. */
const maxBytes = 1024 * 1024;
/** Maximum clusters that one notification checks. */
const maxClusters = 20;
/** Maximum unknown names in an answer, and their length. */
const maxUnknown = 20;
const maxName = 64;
/** Maximum time for Redis to confirm a job, in ms. */
const queueingMs = 2500;

/**
 * Creates the receiver of Alertmanager's webhook. Headers are checked before the body is read. Alertmanager sends again
 * after a 5xx, and logs the answer after any other error.
 */
export const createAlertReceiver = (parts: AlertReceiverParts): AlertReceiver => {
  const { config, environment, producer, team, log, tracing = noTracing } = parts;

  const receive = async (request: IncomingMessage): Promise<HttpAnswer> => {
    const { alertmanager, clusters: configured } = config();
    if (alertmanager === undefined) return [404, { error: 'not found' }];
    const early = checkRequest(request, readSecret(alertmanager.token, environment));
    if (early !== undefined) return early;
    const text = await readBody(request);
    if (text === undefined) return [413, { error: `the body is larger than ${maxBytes} bytes, or was cut` }];
    const found = parseAlertNotification(parseJson(text), alertmanager.label);
    if (found === undefined)
      return [400, { error: 'expected the JSON of a webhook of Alertmanager, version 4' }];
    const known = found.clusters.filter((name) => configured.has(name));
    const unknown = found.clusters
      .filter((name) => !configured.has(name))
      .slice(0, maxUnknown)
      .map((name) => name.slice(0, maxName));
    // A group may be resolved after its cluster was removed from the configuration.
    if (known.length === 0 && found.status === 'firing') {
      const error = `no alert names a configured cluster in the label ${alertmanager.label}`;
      return [422, { error, unknownClusters: unknown }];
    }
    const clusters = known.slice(0, maxClusters);
    const id = `alert-${randomUUID()}`;
    const queued = await tracing.inSpan(
      {
        name: 'webhook of Alertmanager',
        kind: 'server',
        isRoot: true,
        attributes: { 'peering_bot.request': id, 'peering_bot.clusters': clusters.length },
      },
      () =>
        producer.enqueue(
          answerAlert,
          { ...found, clusters, team },
          // No key: a notification that joins an earlier one would count as old as that one.
          { id },
          queueingMs,
        ),
    );
    if (!isQueued(queued)) return [503, { error: 'could not queue the notification; send it again' }];
    log.info({ request: id, status: found.status, clusters }, 'notification of Alertmanager');
    return [202, { clusters, unknownClusters: unknown }];
  };

  return async (request, response) => {
    if (request.url?.split('?', 1)[0] !== endpoint) return false;
    const [status, body] = await receive(request);
    if (status >= 400) log.warn({ status, reason: body['error'] }, 'notification of Alertmanager refused');
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(status >= 400 && { connection: 'close' }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    });
    response.end(`${JSON.stringify(body)}\n`);
    return true;
  };
};

type HttpAnswer = readonly [status: number, body: Readonly<Record<string, unknown>>];

/** Refuses a request by its headers. */
const checkRequest = (
  { method, headers }: IncomingMessage,
  token: Result<string>,
): HttpAnswer | undefined => {
  if (method !== 'POST') return [405, { error: 'expected POST' }];
  if (!token.ok) return [503, { error: 'the token of the bot cannot be read' }];
  const [scheme, given = ''] = (headers.authorization ?? '').split(' ', 2);
  if (scheme?.toLowerCase() !== 'bearer' || !isEqual(given, token.value))
    return [401, { error: 'expected the header Authorization with the bearer token' }];
  if (!/^application\/json\b/i.test(headers['content-type'] ?? ''))
    return [415, { error: 'expected application/json' }];
  if (headers['content-encoding'] !== undefined) return [415, { error: 'expected no content encoding' }];
  if (Number(headers['content-length'] ?? 0) > maxBytes)
    return [413, { error: `the body is larger than ${maxBytes} bytes` }];
  return undefined;
};

/** Compares in constant time: hashes have one length. */
const isEqual = (given: string, expected: string): boolean => {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
};

/** Reads a body; undefined if it is too large or was cut. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString();
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Maximum time for a whole request to arrive, in ms. */
const requestMs = 5000;
const maxConnections = 100;

/** Serves the webhook alone, in Socket Mode. A failure is one line that says why it cannot listen. */
export const startAlertServer = async (
  receive: AlertReceiver,
  port: number,
  log: Logger,
): Promise<Result<{ readonly port: number; readonly stop: () => Promise<void> }>> => {
  const limits = { requestTimeout: requestMs, headersTimeout: requestMs, connectionsCheckingInterval: 500 };
  const server = createServer(limits, (request, response) => {
    receive(request, response)
      .then((isAnswered) => {
        if (!isAnswered) response.writeHead(404, { connection: 'close' }).end();
      })
      .catch((error: unknown) => {
        log.error({ err: error }, 'request failed');
        if (!response.headersSent) response.writeHead(500).end();
      });
  });
  server.maxConnections = maxConnections;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, resolve);
    });
  } catch {
    return failure(`cannot listen on port ${port} for Alertmanager: set PORT to a free one`);
  }
  return success({
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  });
};
