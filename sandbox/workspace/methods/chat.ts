import { textOf } from '../blocks/schema';
import { isRefusal, readContent, readMetadata, refuse, textLimits } from '../content';
import type { Message } from '../model';
import { people } from '../people';
import { addMessage, editMessage, removeMessage } from '../posting';
import { messageJson } from '../present';
import { findMessage, messagesIn } from '../state';
import { type Context, type Method, needScope, ok, postTarget, rateLimited, visibleChannel } from './context';

const truthy = (value: unknown): boolean => value === true || value === 'true' || value === '1';

/** The thread's first message, or undefined where nothing can be replied to. */
const threadRoot = (context: Context, channel: string, ts: unknown): Message | undefined =>
  messagesIn(context.state, channel).find((message) => message.ts === ts && !message.ephemeralTo);

const postMessage: Method = (args, context) => {
  const { state, settings, rate, origin } = context;
  const scope = needScope(context, 'chat:write');
  if (scope) return scope;
  const channel = postTarget(context, args['channel']);
  if (isRefusal(channel)) return channel;
  const content = readContent(state, args, { text: textLimits.post, blockText: settings.blockText });
  if (isRefusal(content)) return content;
  const metadata = readMetadata(args);
  if (isRefusal(metadata)) return metadata;
  const threadTs = args['thread_ts'] ? textOf(args['thread_ts']) : undefined;
  const root = threadTs ? threadRoot(context, channel.id, threadTs) : undefined;
  if (threadTs && !root) return refuse('thread_not_found');
  const wait = rate.message(channel.id);
  if (wait > 0) return rateLimited(wait);
  const message = addMessage(state, {
    ...content,
    channel: channel.id,
    user: people.bot.id,
    fromBot: true,
    threadTs: root ? (root.threadTs ?? root.ts) : undefined,
    broadcast: threadTs !== undefined && truthy(args['reply_broadcast']),
    metadata,
  });
  return ok({ channel: channel.id, ts: message.ts, message: messageJson(state, message, origin) });
};

/** The bot's own message, or why it may not be touched. */
const ownMessage = (
  context: Context,
  channelId: unknown,
  ts: unknown,
  denied: string,
): Message | ReturnType<typeof refuse> => {
  const channel = visibleChannel(context, channelId);
  if (!channel) return refuse('channel_not_found');
  const message = findMessage(context.state, channel.id, textOf(ts));
  if (!message) return refuse('message_not_found');
  if (!message.fromBot) return refuse(denied);
  if (channel.archived) return refuse('is_archived');
  return message;
};

const update: Method = (args, context) => {
  const { state, settings, origin } = context;
  const scope = needScope(context, 'chat:write');
  if (scope) return scope;
  const message = ownMessage(context, args['channel'], args['ts'], 'cant_update_message');
  if (isRefusal(message)) return message;
  const content = readContent(state, args, { text: textLimits.update, blockText: settings.blockText });
  if (isRefusal(content)) return content;
  const metadata = readMetadata(args);
  if (isRefusal(metadata)) return metadata;
  // Fields that the call leaves out stay as they were; an empty list removes them.
  editMessage(state, message, {
    text: content.text,
    ...(args['blocks'] !== undefined && { blocks: content.blocks }),
    ...(args['attachments'] !== undefined && { attachments: content.attachments }),
  });
  if (metadata) message.metadata = metadata;
  return ok({
    channel: message.channel,
    ts: message.ts,
    text: message.text,
    message: messageJson(state, message, origin),
  });
};

const remove: Method = (args, context) => {
  const scope = needScope(context, 'chat:write');
  if (scope) return scope;
  const message = ownMessage(context, args['channel'], args['ts'], 'cant_delete_message');
  if (isRefusal(message)) return message;
  removeMessage(context.state, message.channel, message.ts);
  return ok({ channel: message.channel, ts: message.ts });
};

const postEphemeral: Method = (args, context) => {
  const { state, settings } = context;
  const scope = needScope(context, 'chat:write');
  if (scope) return scope;
  const channel = visibleChannel(context, args['channel']);
  if (!channel) return refuse('channel_not_found');
  if (channel.archived) return refuse('is_archived');
  if (!channel.members.has(people.bot.id)) return refuse('not_in_channel');
  const user = textOf(args['user']);
  if (!state.users.has(user)) return refuse('user_not_found');
  if (!channel.members.has(user)) return refuse('user_not_in_channel');
  const content = readContent(state, args, { text: textLimits.post, blockText: settings.blockText });
  if (isRefusal(content)) return content;
  const message = addMessage(state, {
    ...content,
    channel: channel.id,
    user: people.bot.id,
    fromBot: true,
    threadTs: args['thread_ts'] ? textOf(args['thread_ts']) : undefined,
    ephemeralTo: user,
  });
  return ok({ message_ts: message.ts });
};

const getPermalink: Method = (args, context) => {
  const channel = visibleChannel(context, args['channel']);
  if (!channel) return refuse('channel_not_found');
  const ts = textOf(args['message_ts']);
  const message = findMessage(context.state, channel.id, ts);
  if (!message) return refuse('message_not_found');
  const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel.id}` : '';
  return ok({
    channel: channel.id,
    permalink: `${context.origin}/archives/${channel.id}/p${ts.replace('.', '')}${thread}`,
  });
};

export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.delete': remove,
  'chat.postEphemeral': postEphemeral,
  'chat.getPermalink': getPermalink,
};
