import { type Fields, textOf } from '../blocks/schema';
import { isRefusal, type Refusal, refuse } from '../content';
import type { Channel } from '../model';
import { people } from '../people';
import { channelJson, messageJson } from '../present';
import { directChannel, messagesIn } from '../state';
import { type Context, type Method, needScope, ok, page, scopeFor, visibleChannel } from './context';

const truthy = (value: unknown): boolean => value === true || value === 'true' || value === '1';

/** The channel where the bot may read it: it must be in, and have the scope for its kind. */
const readable = (context: Context, id: unknown): Channel | Refusal => {
  const channel = visibleChannel(context, id);
  if (!channel) return refuse('channel_not_found');
  const scope = needScope(context, scopeFor(channel, 'history'));
  if (scope) return scope;
  return channel.members.has(people.bot.id) ? channel : refuse('not_in_channel');
};

const info: Method = (args, context) => {
  const channel = visibleChannel(context, args['channel']);
  if (!channel) return refuse('channel_not_found');
  return needScope(context, scopeFor(channel, 'read')) ?? ok({ channel: channelJson(channel) });
};

const list: Method = (args, context) => {
  const kinds: Readonly<Record<string, Channel['kind']>> = {
    public_channel: 'public',
    private_channel: 'private',
    im: 'im',
  };
  const requested = (textOf(args['types']) || 'public_channel').split(',').map((type) => kinds[type.trim()]);
  const found = [...context.state.channels.values()].filter(
    (channel) =>
      requested.includes(channel.kind) &&
      visibleChannel(context, channel.id) &&
      !(truthy(args['exclude_archived']) && channel.archived),
  );
  const denied = found.map((channel) => needScope(context, scopeFor(channel, 'read'))).find(Boolean);
  if (denied) return denied;
  const { rows, metadata } = page(found, args);
  return ok({ channels: rows.map(channelJson), response_metadata: metadata });
};

const between = (ts: string, args: Fields): boolean => {
  const inclusive = truthy(args['inclusive']);
  const oldest = args['oldest'] ? Number(args['oldest']) : 0;
  const latest = args['latest'] ? Number(args['latest']) : Number.POSITIVE_INFINITY;
  const at = Number(ts);
  return inclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
};

const history: Method = (args, context) => {
  const channel = readable(context, args['channel']);
  if (isRefusal(channel)) return channel;
  const found = messagesIn(context.state, channel.id)
    .filter((message) => !message.ephemeralTo && between(message.ts, args))
    .filter((message) => !message.threadTs || message.threadTs === message.ts || message.broadcast)
    .toReversed();
  const { rows, more, metadata } = page(found, args, { default: 100, max: 999 });
  const withMetadata = truthy(args['include_all_metadata']);
  return ok({
    messages: rows.map((message) => messageJson(context.state, message, context.origin, withMetadata)),
    has_more: more,
    response_metadata: metadata,
  });
};

const replies: Method = (args, context) => {
  const channel = readable(context, args['channel']);
  if (isRefusal(channel)) return channel;
  const root = textOf(args['ts']);
  const all = messagesIn(context.state, channel.id).filter((message) => !message.ephemeralTo);
  if (!all.some((message) => message.ts === root)) return refuse('thread_not_found');
  const found = all.filter(
    (message) => message.ts === root || (message.threadTs === root && between(message.ts, args)),
  );
  const { rows, more, metadata } = page(found, args, { default: 1000, max: 1000 });
  const withMetadata = truthy(args['include_all_metadata']);
  return ok({
    messages: rows.map((message) => messageJson(context.state, message, context.origin, withMetadata)),
    has_more: more,
    response_metadata: metadata,
  });
};

const members: Method = (args, context) => {
  const channel = visibleChannel(context, args['channel']);
  if (!channel) return refuse('channel_not_found');
  const scope = needScope(context, scopeFor(channel, 'read'));
  if (scope) return scope;
  const { rows, metadata } = page([...channel.members], args);
  return ok({ members: rows, response_metadata: metadata });
};

const join: Method = (args, context) => {
  const scope = needScope(context, 'channels:join');
  if (scope) return scope;
  const channel = visibleChannel(context, args['channel']);
  if (!channel) return refuse('channel_not_found');
  if (channel.kind !== 'public') return refuse('method_not_supported_for_channel_type');
  if (channel.archived) return refuse('is_archived');
  channel.members.add(people.bot.id);
  context.state.changed({ kind: 'channel', channel: channel.id });
  return ok({ channel: channelJson(channel) });
};

const open: Method = (args, context) => {
  const scope = needScope(context, 'im:write');
  if (scope) return scope;
  const users = textOf(args['users']).split(',').filter(Boolean);
  const user = users.length === 1 ? context.state.users.get(users[0] ?? '') : undefined;
  if (users.length === 0) return refuse('users_list_not_supplied');
  if (!user || user.isBot) return refuse('user_not_found');
  return ok({ channel: channelJson(directChannel(context.state, user.id)) });
};

export const conversationMethods: Readonly<Record<string, Method>> = {
  'conversations.info': info,
  'conversations.list': list,
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.members': members,
  'conversations.join': join,
  'conversations.open': open,
};
