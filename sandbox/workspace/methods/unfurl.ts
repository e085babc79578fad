import { type Fields, isObject, textOf } from '../blocks/schema';
import { isRefusal, readContent, type Refusal, refuse, textLimits, withIds } from '../content';
import { appId, botId } from '../people';
import { findMessage, type SharedLinks } from '../state';
import { type Context, type Method, needScope, ok, visibleChannel } from './context';

/** Previews of links: https://docs.slack.dev/reference/methods/chat.unfurl */

/** The links that a call is about: by message, or by what the event said. */
const sharedBy = (args: Fields, { state }: Context): SharedLinks | Refusal => {
  const id = textOf(args['unfurl_id']);
  const source = textOf(args['source']);
  if (id !== '' || source !== '') {
    if (id === '') return refuse('missing_unfurl_id');
    if (source === '') return refuse('missing_source');
    const shared = state.shares.get(id);
    return shared?.source === source ? shared : refuse('invalid_unfurl_id');
  }
  if (args['channel'] === undefined) return refuse('missing_channel');
  if (args['ts'] === undefined) return refuse('missing_ts');
  const { channel, ts } = { channel: textOf(args['channel']), ts: textOf(args['ts']) };
  const shared = [...state.shares.values()].find((one) => one.channel === channel && one.ts === ts);
  return shared ?? refuse('cannot_unfurl_message');
};

const attachmentOf = (url: string, given: unknown, context: Context): Fields | Refusal => {
  if (!isObject(given)) return refuse('invalid_unfurls_format');
  const { settings, state } = context;
  const content = readContent(
    state,
    { attachments: [given] },
    { text: textLimits.post, blockText: settings.blockText },
  );
  if (isRefusal(content)) return content;
  const blocks = withIds(state, (given['blocks'] ?? []) as readonly Fields[]);
  const shown = { ...given, blocks, from_url: url, app_unfurl_url: url, is_app_unfurl: true };
  return { ...shown, id: 0, app_id: appId, bot_id: botId };
};

const unfurl: Method = (args, context) => {
  const { state } = context;
  const scope = needScope(context, 'links:write');
  if (scope) return scope;
  const { unfurls } = args;
  if (unfurls === undefined) return refuse('missing_unfurls');
  if (!isObject(unfurls)) return refuse('invalid_unfurls_format');
  const shared = sharedBy(args, context);
  if (isRefusal(shared)) return shared;
  const added: Fields[] = [];
  for (const [url, given] of Object.entries(unfurls)) {
    if (!shared.urls.includes(url)) return refuse('cannot_unfurl_url');
    const attachment = attachmentOf(url, given, context);
    if (isRefusal(attachment)) return attachment;
    added.push(attachment);
  }
  // A second call changes the previews of the first.
  const merge = (before: readonly Fields[]): readonly Fields[] =>
    [...before.filter((one) => !added.some((next) => next['from_url'] === one['from_url'])), ...added].map(
      (one, index) => ({ ...one, id: index + 1 }),
    );
  if (shared.source === 'composer') {
    shared.drafted = merge(shared.drafted);
    return ok();
  }
  if (!visibleChannel(context, shared.channel)) return refuse('cannot_find_channel');
  const message = findMessage(state, shared.channel, shared.ts);
  if (!message) return refuse('cannot_find_message');
  message.attachments = merge(message.attachments);
  state.changed({ kind: 'message', message });
  return ok();
};

export const unfurlMethods: Readonly<Record<string, Method>> = { 'chat.unfurl': unfurl };
