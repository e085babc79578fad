import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type BufferedIncomingMessage,
  HTTPModuleFunctions,
  HTTPReceiver,
  type Logger as SdkLogger,
  type Receiver,
} from '@slack/bolt';
import type { Logger } from 'pino';

export interface HttpReceiverParts {
  readonly signingSecret: string;
  readonly port: number;
  readonly sdkLogger: SdkLogger;
  readonly log: Logger;
  /** Whether a request with this signature is seen for the first time within so many ms. */
  readonly isFirst: (signature: string, forMs: number) => Promise<boolean>;
}

export interface HttpReceiver extends Receiver {
  /** The port that it listens on. */
  readonly port: () => number | undefined;
}

const endpoint = '/slack/events';
/** Slack's requests are taken for five minutes, and clocks may differ by one. */
const maxAgeMs = 5 * 60_000;
const maxAheadMs = 60_000;
/** Slack's largest requests are interactions on long messages, well below this. */
const maxBytes = 1024 * 1024;

/**
 * HTTP mode: Bolt's receiver behind a door of our own. Bolt checks signature and age, but takes an exact replay,
 * and a signed time in the future; here both are refused with 401 as well.
 */
export const createHttpReceiver = (parts: HttpReceiverParts): HttpReceiver => {
  const { signingSecret, sdkLogger, log, isFirst } = parts;
  const inner = new HTTPReceiver({
    signingSecret,
    logger: sdkLogger,
    // The door has verified the request, and Bolt's own check would hash it all again.
    signatureVerification: false,
    endpoints: [endpoint],
    // A request that no listener acknowledged was of no use to us, and Slack must not be kept waiting.
    unhandledRequestHandler: ({ response }) => {
      if (!response.headersSent) response.writeHead(404).end();
    },
  });

  const refuse = (response: ServerResponse, status: number, reason: string): void => {
    log.warn({ reason, status }, 'request refused');
    response.writeHead(status, { connection: 'close' }).end();
  };

  const admit = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST' || request.url?.split('?', 1)[0] !== endpoint) {
      response.writeHead(404).end();
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
    else if (await isFirst(signatureOf(request), maxAgeMs + maxAheadMs))
      inner.requestListener(buffered, response);
    else refuse(response, 401, 'replayed');
  };

  const server = createServer((request, response) => {
    admit(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'request failed');
      if (!response.headersSent) response.writeHead(500).end();
    });
  });

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

const signatureOf = (request: IncomingMessage): string => String(request.headers['x-slack-signature']);

/**
 * Why the request is not one that Slack just made, or undefined. The rules are those of
 * https://docs.slack.dev/authentication/verifying-requests-from-slack. Bolt's own check would draw a random key and
 * hash three times, for a comparison in constant time that Node has built in.
 */
const verify = (
  request: BufferedIncomingMessage,
  signingSecret: string,
  nowMs: number,
): string | undefined => {
  const timestamp = request.headers['x-slack-request-timestamp'];
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) return 'without a readable time';
  const sentMs = Number(timestamp) * 1000;
  if (sentMs > nowMs + maxAheadMs) return 'dated in the future';
  if (sentMs < nowMs - maxAgeMs) return 'too old';
  const [, hash = ''] = /^v0=([0-9a-f]{64})$/.exec(signatureOf(request)) ?? [];
  const expected = createHmac('sha256', signingSecret)
    .update(`v0:${timestamp}:`)
    .update(request.rawBody)
    .digest();
  const given = Buffer.from(hash, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : 'forged';
};
