import type { Message } from '../../render/slack/limits';
import { createSlackNetwork, type SlackFetch } from './slack-network';
import { networkCause, type SlackAnswer } from './call';

const timeoutMs = 5000;

/**
 * Answers the requester privately, through the address that came with the request. It accepts five posts in half an
 * hour and works in every channel, even if the bot is not a member. The address is a capability, so no log and no error
 * contains it.
 */
export type Respond = (url: string, message: Message) => Promise<SlackAnswer<undefined>>;

/** The origin of Slack's own addresses for answers. */
const hooks = 'https://hooks.slack.com';

const originOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).origin : undefined);

/** Returns the function that answers. It sends only to Slack's hooks and to the origin of the Web API. */
export const createRespond = (
  slackApiUrl: string,
  send: SlackFetch = createSlackNetwork(undefined).fetch,
): Respond => {
  const origins = [hooks, originOf(slackApiUrl)];
  return async (url, message) => {
    const origin = originOf(url);
    return origin !== undefined && origins.includes(origin)
      ? respondPrivately(url, message, send)
      : { ok: false, error: { kind: 'refused', code: 'foreign_address' } };
  };
};

const respondPrivately = async (url: string, message: Message, send: SlackFetch): ReturnType<Respond> => {
  try {
    const response = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await response.text();
    if (response.ok) return { ok: true, value: undefined };
    if (response.status === 429) {
      const seconds = Number(response.headers.get('retry-after') ?? '1');
      return { ok: false, error: { kind: 'rate-limited', retryAfterMs: (seconds || 1) * 1000 } };
    }
    if (response.status >= 500) {
      return {
        ok: false,
        error: { kind: 'lost', reason: `Slack answered with HTTP status ${response.status}` },
      };
    }
    // `expired_url`, `used_url`, `invalid_blocks`: as a word, or as JSON with it.
    const code = /\b[a-z]+_[a-z_]+\b/.exec(body.slice(0, 500))?.[0] ?? `http_${response.status}`;
    return { ok: false, error: { kind: 'refused', code } };
  } catch (error) {
    return {
      ok: false,
      error: { kind: 'lost', reason: `Slack could not be reached (${networkCause(error)})` },
    };
  }
};
