import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import type { Result } from '../../result';

/** The reason why a call to Slack failed. Plain data without request, headers or token. */
export type SlackFailure =
  /** Not done: try again later. */
  | { readonly kind: 'rate-limited'; readonly retryAfterMs: number }
  /** No proper answer: it may have been done or not. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** Not done, and a retry would not help. `code` is Slack's, such as `not_in_channel`. */
  | { readonly kind: 'refused'; readonly code: string };

export type SlackAnswer<T> = Result<T, SlackFailure>;

/** Temporary errors that Slack returns with status 200. The call may have been done nevertheless. */
const temporary = new Set([
  'fatal_error',
  // Slack took an upload and lost it: another try uploads the file again.
  'file_not_found',
  'internal_error',
  'request_timeout',
  'service_unavailable',
]);

/** Calls the Web API and returns its errors as values. Throws other errors. */
export const callSlack = async <T>(call: () => Promise<T>): Promise<SlackAnswer<T>> => {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return { ok: false, error: failure };
  }
};

const failureOf = (error: unknown): SlackFailure | undefined => {
  if (error instanceof WebAPIRateLimitedError) {
    return { kind: 'rate-limited', retryAfterMs: error.retryAfter * 1000 };
  }
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error;
    // The client takes a body that is not JSON for an error code; a code is one short word.
    if (!/^[\w.]{1,80}$/.test(code)) return { kind: 'lost', reason: 'Slack answered something unreadable' };
    return temporary.has(code)
      ? { kind: 'lost', reason: `Slack answered ${code}` }
      : { kind: 'refused', code };
  }
  if (error instanceof WebAPIHTTPError) {
    const { statusCode } = error;
    return statusCode >= 500
      ? { kind: 'lost', reason: `Slack answered with HTTP status ${statusCode}` }
      : { kind: 'refused', code: `http_${statusCode}` };
  }
  if (error instanceof WebAPIRequestError) {
    return { kind: 'lost', reason: `Slack could not be reached (${networkCause(error.original)})` };
  }
  if (error instanceof Error && error.message.startsWith('Failed to upload file')) {
    return { kind: 'lost', reason: 'Slack did not take the file' };
  }
  // The client has no class for a 429 without a readable Retry-After.
  if (error instanceof Error && error.message.startsWith('Retry header did not')) {
    return { kind: 'rate-limited', retryAfterMs: 1000 };
  }
  return undefined;
};

/** The reason that the network gives, such as `ECONNREFUSED` or `TimeoutError`: fetch hides it one error deeper. */
export const networkCause = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
};

/** One line for logs and people. */
export const describeFailure = (failure: SlackFailure): string => {
  if (failure.kind === 'refused') return `Slack refused: ${failure.code}`;
  return failure.kind === 'lost'
    ? failure.reason
    : `rate-limited by Slack for ${Math.ceil(failure.retryAfterMs / 1000)} s`;
};

const contentCodes = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
]);

/** Tells whether Slack refused the content of the message, so that a plainer or shorter one may pass. */
export const isAboutContent = (failure: SlackFailure): boolean =>
  failure.kind === 'refused' && contentCodes.has(failure.code);

/** Tells whether a plainer rendering is worth a try. */
export const wantsPlainer = (answer: SlackAnswer<unknown>): boolean =>
  !answer.ok && isAboutContent(answer.error);

const noAccessCodes = new Set([
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'restricted_action_non_threadable_channel',
]);

/** Tells whether the bot may not post to this channel. The answer must then be sent in another way. */
export const isNoAccess = (failure: SlackFailure): boolean =>
  failure.kind === 'refused' && noAccessCodes.has(failure.code);

const goneCodes = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

/** Tells whether a message can no longer be edited, most likely because someone deleted it. */
export const isGone = (failure: SlackFailure): boolean =>
  failure.kind === 'refused' && goneCodes.has(failure.code);
