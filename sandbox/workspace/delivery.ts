import { createHmac, randomUUID } from 'node:crypto';
import { type Fields, textOf } from './blocks/schema';
import type { Settings } from './settings';
import type { Socket } from './socket';
import type { Exchange, Traffic } from './traffic';

/** Bringing commands, interactions and events to the app, over Socket Mode or signed HTTP. */

type DeliveryType = 'slash_commands' | 'interactive' | 'events_api';

/** The outcome of a delivery. `error` is Slack's code for a missing acknowledgement. */
export interface Delivered {
  readonly payload: Fields;
  /** The body of the acknowledgement, `{}` where it was empty. */
  readonly ack?: Fields;
  readonly error?: string;
  /** HTTP status in HTTP mode. */
  readonly status?: number;
  /** ms until the acknowledgement. */
  readonly ms: number;
}

interface Retry {
  readonly number: number;
  readonly reason: string;
}

/** The headers that prove a request to be Slack's: https://docs.slack.dev/authentication/verifying-requests-from-slack */
export const signatureHeaders = (
  secret: string,
  body: string,
  seconds = Math.floor(Date.now() / 1000),
): Readonly<Record<string, string>> => ({
  'x-slack-request-timestamp': String(seconds),
  'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex')}`,
});

/** The body that HTTP mode carries: a form for commands, a form around JSON for interactions, JSON for events. */
const httpBody = (
  type: DeliveryType,
  payload: Fields,
): { readonly body: string; readonly contentType: string } => {
  if (type === 'events_api') return { body: JSON.stringify(payload), contentType: 'application/json' };
  const form =
    type === 'interactive'
      ? { payload: JSON.stringify(payload) }
      : Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, textOf(value)]));
  return { body: new URLSearchParams(form).toString(), contentType: 'application/x-www-form-urlencoded' };
};

const readAck = (contentType: string, body: string): Fields => {
  if (body === '') return {};
  if (contentType.includes('application/json')) {
    try {
      const value: unknown = JSON.parse(body);
      return typeof value === 'object' && value !== null ? (value as Fields) : { text: String(value) };
    } catch {
      return { text: body };
    }
  }
  return { text: body };
};

export type Deliver = (type: DeliveryType, payload: Fields, retry?: Retry) => Promise<Delivered>;

export interface DeliveryOptions {
  readonly settings: Settings;
  readonly socket: Socket;
  readonly traffic: Traffic;
  readonly signingSecret: string;
  /** The request URL of HTTP mode; undefined for Socket Mode. */
  readonly requestUrl: () => string | undefined;
}

export const createDelivery = (options: DeliveryOptions): Deliver => {
  const { settings, socket, traffic, signingSecret } = options;

  const overHttp = async (
    url: string,
    type: DeliveryType,
    payload: Fields,
    signal: AbortSignal,
    retry?: Retry,
  ) => {
    const { body, contentType } = httpBody(type, payload);
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'content-type': contentType,
        'user-agent': 'Slackbot 1.0',
        ...signatureHeaders(signingSecret, body),
        ...(retry ? { 'x-slack-retry-num': String(retry.number), 'x-slack-retry-reason': retry.reason } : {}),
      },
      signal,
    });
    const text = await response.text();
    return {
      request: body,
      text,
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
    };
  };

  return async (type, payload, retry) => {
    const started = Date.now();
    const url = options.requestUrl();
    const exchange = (request: string): Exchange =>
      traffic.record({ at: started, from: 'slack', what: type, request, response: '', status: 0 });
    if (url) {
      const record = exchange(httpBody(type, payload).body);
      const signal = AbortSignal.timeout(settings.ackTimeoutMs);
      try {
        const answer = await overHttp(url, type, payload, signal, retry);
        record.response = answer.text;
        record.status = answer.status;
        const ms = Date.now() - started;
        return answer.status === 200
          ? { payload, ack: readAck(answer.contentType, answer.text), status: 200, ms }
          : { payload, error: 'dispatch_failed', status: answer.status, ms };
      } catch {
        // Nobody there, or nobody who answers in time: both are what a delivery can come to.
        const error = signal.aborted ? 'operation_timeout' : 'dispatch_failed';
        return { payload, error, ms: Date.now() - started };
      }
    }
    const envelope: Fields = {
      envelope_id: randomUUID(),
      type,
      payload,
      accepts_response_payload: type !== 'events_api',
      ...(retry ? { retry_attempt: retry.number, retry_reason: retry.reason } : {}),
    };
    const record = exchange(JSON.stringify(envelope));
    const result = await socket.send(envelope);
    if ('ack' in result) {
      record.response = JSON.stringify(result.ack);
      record.status = 200;
    }
    return { payload, ...result, ms: Date.now() - started };
  };
};
