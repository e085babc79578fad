import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type BufferedIncomingMessage,
  HTTPModuleFunctions,
  HTTPReceiver,
  type Logger as SdkLogger,
  type Receiver,
  verifySlackRequest,
} from '@slack/bolt';
import type { Logger } from 'pino';

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
}

const endpoint = '/slack/events';
/** Bolt accepts a request for five minutes, and clocks may differ by one. */
const maxAgeMs = 5 * 60_000;
const maxAheadMs = 60_000;
/** Slack's largest requests are interactions on long messages, well below this. */
const maxBytes = 1024 * 1024;
/** Maximum time for a whole request to arrive. Slack sends it at once, and waits 3 s for the answer. */
const requestMs = 5000;

/**
 * Creates the receiver of HTTP mode: Bolt's, behind a server that also refuses replays and signed times in the future,
 * which Bolt accepts.
 */
export const createHttpReceiver = (parts: HttpReceiverParts): HttpReceiver => {
  const { signingSecret, sdkLogger, log, isFirst, maxConnections = 500 } = parts;
  const inner = new HTTPReceiver({
    signingSecret,
    logger: sdkLogger,
    // The server in front has verified the request, and must do so before it remembers the signature.
    signatureVerification: false,
    endpoints: [endpoint],
    // No listener acknowledged the request, and Slack must not be kept waiting.
    unhandledRequestHandler: ({ response }) => {
      if (!response.headersSent) response.writeHead(404).end();
    },
  });

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
    const wrong = verify(buffered, signingSecret, Date.now());
    if (wrong !== undefined) refuse(response, 401, wrong);
    else if (!holdsObject(buffered)) refuse(response, 400, 'signed, but the body is no object');
    else if (await isFirst(header(request, 'x-slack-signature'), maxAgeMs + maxAheadMs))
      inner.requestListener(buffered, response);
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
    init: (app) => inner.init(app),
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

/** Tells whether the body is an object. Bolt assumes one: `null` would throw where nothing catches it. */
const holdsObject = (request: BufferedIncomingMessage): boolean => {
  try {
    const body: unknown = HTTPModuleFunctions.parseHTTPRequestBody(request);
    return typeof body === 'object' && body !== null && !Array.isArray(body);
  } catch {
    return false;
  }
};

/** Returns the reason why the request is not one that Slack just made; undefined if it is. */
const verify = (
  request: BufferedIncomingMessage,
  signingSecret: string,
  nowMs: number,
): string | undefined => {
  const signature = header(request, 'x-slack-signature');
  const timestamp = header(request, 'x-slack-request-timestamp');
  try {
    verifySlackRequest({
      signingSecret,
      body: request.rawBody.toString(),
      headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': Number(timestamp) },
      nowMilliseconds: nowMs,
    });
    return undefined;
  } catch (error) {
    return String(error);
  }
};
