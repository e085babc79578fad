import type { FetchFunction } from '@slack/web-api';
import type { SlackFetch } from '../slack/api/slack-network';
import type { Respond } from '../slack/api/response-url';
import { omitUndefined } from '../omit-undefined';

/** A finished call to Slack. */
export interface SlackCall {
  /** A method such as `chat.postMessage`; `response_url` or `upload` for URLs that Slack returned. */
  readonly method: string;
  readonly outcome: 'ok' | 'refused' | 'rate-limited' | 'lost';
  /** Slack's error code, if it refused. */
  readonly code?: string | undefined;
  /** In ms since the epoch. */
  readonly startedAt: number;
  readonly ms: number;
}

/**
 * `fetch` for Slack's client that reports each finished call. The response is read twice, since Slack puts its errors
 * into the body. URLs and bodies are not reported: they contain secrets.
 */
export const watchedFetch =
  (apiUrl: string, onCall: (call: SlackCall) => void, send: SlackFetch): FetchFunction =>
  async (url, init) => {
    const method = methodOf(String(url), apiUrl);
    const startedAt = Date.now();
    const started = performance.now();
    const report = (outcome: SlackCall['outcome'], code?: string): void =>
      onCall({ method, outcome, startedAt, ms: performance.now() - started, code });
    try {
      const response = await send(url, init);
      if (response.status === 429) report('rate-limited');
      else if (response.status >= 500) report('lost');
      else {
        const code = refusalIn(await response.clone().text());
        if (code === undefined && response.ok) report('ok');
        else report('refused', code ?? `http_${response.status}`);
      }
      return response;
    } catch (error) {
      report('lost');
      throw error;
    }
  };

const methodOf = (url: string, apiUrl: string): string => {
  const path = url.startsWith(apiUrl) ? url.slice(apiUrl.length) : '';
  return /^[a-z]+(?:\.[a-zA-Z0-9]+)+$/.test(path) ? path : 'upload';
};

/** Returns the error code of a response `{ "ok": false, "error": … }`. */
const refusalIn = (text: string): string | undefined => {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== 'object' || body === null || !('ok' in body) || body.ok !== false) return undefined;
    const code = 'error' in body ? String(body.error) : '';
    return /^[\w.]{1,80}$/.test(code) ? code : 'unreadable';
  } catch {
    // The response to an upload is plain text.
    return undefined;
  }
};

/** Reports each finished response to a `response_url`. */
export const watchedRespond =
  (respond: Respond, onCall: (call: SlackCall) => void): Respond =>
  async (url, message) => {
    const startedAt = Date.now();
    const started = performance.now();
    const answer = await respond(url, message);
    const failure = answer.ok ? undefined : answer.error;
    onCall({
      method: 'response_url',
      outcome: failure?.kind ?? 'ok',
      startedAt,
      ms: performance.now() - started,
      ...omitUndefined({ code: failure?.kind === 'refused' ? failure.code : undefined }),
    });
    return answer;
  };
