import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type App,
  type BufferedIncomingMessage,
  HTTPModuleFunctions,
  HTTPResponseAck,
  type Logger as SdkLogger,
  type Receiver,
  type SlashCommand,
} from '@slack/bolt';
import type { Logger } from 'pino';
import type { CommandListener } from './listeners';

export interface HttpReceiverParts {
  readonly signingSecret: string;
  readonly port: number;
  readonly sdkLogger: SdkLogger;
  readonly log: Logger;
  /** Maximum open connections. Default 500: Slack opens a few, and anyone can hold one for 5 s. */
  readonly maxConnections?: number;
  /** Answers requests to other paths than Slack's; false if the path is not its own. */
  readonly otherwise?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Tells whether a request with this signature comes for the first time within `forMs`. */
  readonly isFirst: (signature: string, forMs: number) => Promise<boolean>;
}

export interface HttpReceiver extends Receiver {
  /** The port that it listens on. */
  readonly port: () => number | undefined;
  /**
   * Gives slash commands to a listener. Until then, and all else, goes to the app, where each request passes Bolt's
   * middleware and the listeners of every kind.
   */
  readonly takeCommands: (listener: CommandListener) => void;
}

const endpoint = '/slack/events';
/** A request is accepted for five minutes, as Slack recommends, and clocks may differ by one. */
const maxAgeMs = 5 * 60_000;
const maxAheadMs = 60_000;
/** Slack's largest requests are interactions on long messages, well below this. */
const maxBytes = 1024 * 1024;
/** Maximum time for a whole request to arrive. Slack sends it at once, and waits 3 s for the answer. */
const requestMs = 5000;
/** Time for which signatures are remembered: as long as one is accepted, and a request with it may take to arrive. */
const rememberedMs = maxAgeMs + maxAheadMs + 2 * requestMs;

/**
 * Creates the receiver of HTTP mode. Unlike Bolt's, it refuses replays and signed times in the future, and reads nothing of
 * a body before its signature is verified.
 */
export const createHttpReceiver = (parts: HttpReceiverParts): HttpReceiver => {
  const { signingSecret, sdkLogger, log, isFirst, maxConnections = 500 } = parts;
  let app: App | undefined;
  let onCommand: CommandListener | undefined;

  /** Gives a request to the app, as Bolt's receiver does, or a command to its listener. */
  const handOver = async (
    request: IncomingMessage,
    body: SlackBody,
    response: ServerResponse,
  ): Promise<void> => {
    if (body['ssl_check'] === '1') return HTTPModuleFunctions.buildSSLCheckResponse(response);
    if (body['type'] === 'url_verification')
      return HTTPModuleFunctions.buildUrlVerificationResponse(response, body);
    const ack = new HTTPResponseAck({
      logger: sdkLogger,
      processBeforeResponse: false,
      // No listener acknowledged the request, and Slack must not be kept waiting.
      unhandledRequestHandler: () => {
        if (!response.headersSent) response.writeHead(404).end();
      },
      httpRequest: request,
      httpRequestBody: body,
      httpResponse: response,
    });
    if (onCommand !== undefined && isSlashCommand(body)) await onCommand(body, ack.bind());
    else await app?.processEvent({ body, ack: ack.bind() });
  };

  const refuse = (response: ServerResponse, status: number, reason: string): void => {
    log.warn({ reason, status }, 'request refused');
    response.writeHead(status, { connection: 'close' }).end();
  };

  const admit = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if ((await parts.otherwise?.(request, response)) === true) return;
    if (request.method !== 'POST' || request.url?.split('?', 1)[0] !== endpoint) {
      response.writeHead(404).end();
      return;
    }
    const early = checkHeaders(request, Date.now());
    if (early !== undefined) {
      refuse(response, early.status, early.reason);
      return;
    }
    let buffered: BufferedIncomingMessage;
    try {
      buffered = await HTTPModuleFunctions.bufferIncomingMessage(request, maxBytes);
    } catch {
      refuse(response, 413, 'the body is too large or was cut');
      return;
    }
    if (!isSigned(buffered, signingSecret)) {
      refuse(response, 401, 'signed with another secret, or for another body');
      return;
    }
    const body = parse(buffered);
    if (body === undefined) refuse(response, 400, 'signed, but the body is no object');
    else if (await isFirst(header(request, 'x-slack-signature'), rememberedMs))
      await handOver(request, body, response);
    else refuse(response, 401, 'replayed');
  };

  const limits = { requestTimeout: requestMs, headersTimeout: requestMs, connectionsCheckingInterval: 500 };
  const server = createServer(limits, (request, response) => {
    admit(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'request failed');
      if (!response.headersSent) response.writeHead(500).end();
    });
  });

  server.maxConnections = maxConnections;

  return {
    init: (initialized) => {
      app = initialized;
    },
    takeCommands: (listener) => {
      onCommand = listener;
    },
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(parts.port, () => resolve(undefined));
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeIdleConnections();
      }),
    port: () => (server.address() as AddressInfo | null)?.port,
  };
};

const header = ({ headers }: IncomingMessage, name: string): string => String(headers[name]);

/** Refuses a request whose headers show that it is not from Slack, before its body is read. */
const checkHeaders = (
  request: IncomingMessage,
  nowMs: number,
): { readonly status: number; readonly reason: string } | undefined => {
  const timestamp = header(request, 'x-slack-request-timestamp');
  const sentMs = Number(timestamp) * 1000;
  const refused = (status: number, reason: string) => ({ status, reason });
  // Bolt ignores text after the hash, and with other text a replay would look like another request.
  if (!/^v0=[0-9a-f]{64}$/.test(header(request, 'x-slack-signature')))
    return refused(401, 'without a readable signature');
  if (!/^\d{1,12}$/.test(timestamp)) return refused(401, 'without a readable time');
  if (sentMs > nowMs + maxAheadMs) return refused(401, 'dated in the future');
  if (sentMs < nowMs - maxAgeMs) return refused(401, 'too old');
  return Number(request.headers['content-length'] ?? 0) > maxBytes
    ? refused(413, 'the body is too large')
    : undefined;
};

/** Tells whether a request with readable headers has the signature of the secret. */
const isSigned = (request: BufferedIncomingMessage, signingSecret: string): boolean => {
  const expected = createHmac('sha256', signingSecret)
    .update(`v0:${header(request, 'x-slack-request-timestamp')}:`)
    .update(request.rawBody)
    .digest();
  return timingSafeEqual(expected, Buffer.from(header(request, 'x-slack-signature').slice(3), 'hex'));
};

type SlackBody = Readonly<Record<string, unknown>>;

/** Returns the body; undefined if it is no object. Bolt assumes one: `null` would throw where nothing catches it. */
const parse = (request: BufferedIncomingMessage): SlackBody | undefined => {
  try {
    const body: unknown = HTTPModuleFunctions.parseHTTPRequestBody(request);
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
};

const commandFields = [
  'command',
  'text',
  'user_id',
  'team_id',
  'channel_id',
  'response_url',
  'trigger_id',
] as const satisfies readonly (keyof SlashCommand)[];

/** Tells whether a body is a command, as Bolt does, with all fields that are read of one. */
const isSlashCommand = (body: SlackBody): body is SlackBody & SlashCommand =>
  body['event'] === undefined && commandFields.every((name) => typeof body[name] === 'string');

const isObject = (value: unknown): value is SlackBody =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
