import { type Fields, textOf } from './blocks/schema';
import { isRefusal, readContent, type Refusal, refuse, textLimits } from './content';
import { people } from './people';
import { addMessage, editMessage, removeMessage } from './posting';
import type { Settings } from './settings';
import { findMessage, type ResponseUrl, type State } from './state';

/** Handles messages that an app sends through a `response_url` or in an acknowledgement: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */

const maxPosts = 5;
const maxAgeMs = 30 * 60_000;

const truthy = (value: unknown): boolean => value === true || value === 'true';

/** Says it to the person alone, or to the channel with `response_type: in_channel`; replaces or deletes on request. */
export const respond = (
  state: State,
  settings: Settings,
  to: ResponseUrl,
  body: Fields,
): Refusal | { readonly ok: true } => {
  const target = to.messageTs ? findMessage(state, to.channel, to.messageTs, to.user) : undefined;
  if (truthy(body['delete_original'])) {
    if (target) removeMessage(state, target.channel, target.ts, to.user);
    return { ok: true };
  }
  const content = readContent(state, body, { text: textLimits.post, blockText: settings.blockText });
  if (isRefusal(content)) return content;
  if (truthy(body['replace_original']) && target) {
    editMessage(state, target, content);
    return { ok: true };
  }
  addMessage(state, {
    ...content,
    channel: to.channel,
    user: people.bot.id,
    fromBot: true,
    threadTs: body['thread_ts'] ? textOf(body['thread_ts']) : undefined,
    ...(body['response_type'] !== 'in_channel' && { ephemeralTo: to.user }),
  });
  return { ok: true };
};

/** One post to a response URL: Slack's HTTP status and body. */
export const postToResponseUrl = (
  state: State,
  settings: Settings,
  key: string,
  body: Fields,
): { readonly status: number; readonly body: Fields } => {
  const url = state.responseUrls.get(key);
  if (!url) return { status: 404, body: refuse('invalid_url') };
  if (state.now() - url.createdAt > maxAgeMs) return { status: 404, body: refuse('expired_url') };
  if (url.posts >= maxPosts) return { status: 404, body: refuse('used_url') };
  const done = respond(state, settings, url, body);
  if (isRefusal(done)) return { status: 400, body: done };
  url.posts += 1;
  return { status: 200, body: { ok: true } };
};
