import { z } from 'zod';
import { omitUndefined } from '../omit-undefined';
import { SharedFile } from './api/shared-file';
import { commandInSentence, isPoliteOnly, plainCommand } from './command-in-sentence';

/** The event of a message that mentions the bot, which the manifest subscribes to. */
export const mentionEvent = 'app_mention';

/** Slack itself, which posts reminders in the words of anyone, also of guests, and counts as a full member. */
const slackbot = 'USLACKBOT';

/** Maximum files that Slack takes with a message. */
const maxFiles = 10;

const MessageEvent = z.object({
  user: z.string(),
  text: z.string(),
  channel: z.string(),
  ts: z.string().optional(),
  /** Of a direct message; absent in a mention. */
  channel_type: z.string().optional(),
  subtype: z.string().optional(),
  /** Absent without a file. One that is gone has no name. */
  files: z.array(z.unknown()).optional(),
  thread_ts: z.string().optional(),
  /** The workspace of the author, which differs in a shared channel. */
  user_team: z.string().optional(),
  team: z.string().optional(),
  bot_id: z.string().optional(),
  /** The app that posted it, perhaps in the name of a person. */
  app_id: z.string().optional(),
  edited: z.unknown().optional(),
  /** Slack's own notice about a message, such as that it was deleted. */
  hidden: z.unknown().optional(),
});
type MessageEvent = z.infer<typeof MessageEvent>;

/** A command that was given by a message: by a mention, or in the conversation with the bot. */
export interface Mention {
  readonly user: string;
  readonly team: string | undefined;
  readonly channel: string;
  /** The first message of the thread that it was written in; with files, the answer makes one of it. */
  readonly thread: string | undefined;
  /** Files of the message; absent without any. */
  readonly files?: readonly SharedFile[];
  /** The text after the mention, or before one that ends a sentence, as after `/peering`. */
  readonly command: string;
}

/** Reads a message that a person wrote; undefined if a bot or another app did, or if it was edited afterwards. */
const readMessage = (event: unknown, botUserId: string): MessageEvent | undefined => {
  const { data } = MessageEvent.safeParse(event);
  if (data === undefined) return undefined;
  const { user, bot_id, app_id, edited, hidden } = data;
  const isOfApp = bot_id !== undefined || app_id !== undefined || user === botUserId || user === slackbot;
  return isOfApp || edited !== undefined || hidden !== undefined ? undefined : data;
};

/** Returns the command that a text is, without polite words around it; the text itself if it begins with no command. */
const politeCommand = (text: string): string => commandInSentence(text) ?? plainCommand(text);

const commandOf = (message: MessageEvent, command: string, openThread: boolean): Mention => {
  const { user, channel, ts, thread_ts, user_team, team } = message;
  const files = (message.files ?? [])
    .slice(0, maxFiles)
    .flatMap((file) => SharedFile.safeParse(file).data ?? []);
  const hasFiles = files.length > 0;
  return {
    user,
    team: user_team ?? team,
    channel,
    thread: thread_ts ?? (openThread || hasFiles ? ts : undefined),
    command: politeCommand(command),
    ...omitUndefined({ files: hasFiles ? files : undefined }),
  };
};

/**
 * Returns the text after a mention of the bot, which may be repeated. If none follows, it is the command before the mention:
 * of the same line, else of the whole text.
 */
const besideMention = (text: string, botUserId: string): string | undefined => {
  const found = new RegExp(`(?:<@${botUserId}(?:\\|[^>]*)?>[\\s,]*)+([\\s\\S]*)`).exec(text);
  if (found === null) return undefined;
  const [, after = ''] = found;
  if (!isPoliteOnly(after)) return after;
  const before = text.slice(0, found.index).trim();
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return [line, before].find((words) => commandInSentence(words) !== undefined) ?? '';
};

/**
 * Reads the event, which comes from outside; undefined if it asks for nothing: written by a bot, edited afterwards, or
 * without a mention of this bot.
 */
export const decodeMention = (event: unknown, botUserId: string): Mention | undefined => {
  const message = readMessage(event, botUserId);
  if (message === undefined) return undefined;
  const command = besideMention(message.text, botUserId);
  return command === undefined ? undefined : commandOf(message, command, false);
};

/** The event of a message in the conversation with the bot, which the manifest subscribes to. Slack sends it as `message`. */
export const directMessageEvent = 'message.im';

/**
 * Reads a message in the conversation with the bot, which needs no mention; the answer makes a thread of it if it is in none.
 * Undefined if it asks for nothing, as for mentions. All subtypes but that of files are notices.
 */
export const decodeDirectMessage = (event: unknown, botUserId: string): Mention | undefined => {
  const message = readMessage(event, botUserId);
  if (message?.channel_type !== 'im' || !message.channel.startsWith('D')) return undefined;
  if (message.subtype !== undefined && message.subtype !== 'file_share') return undefined;
  return commandOf(message, besideMention(message.text, botUserId) ?? message.text, true);
};
