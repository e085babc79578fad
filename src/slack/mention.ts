import { z } from 'zod';
import { omitUndefined } from '../omit-undefined';
import { SharedFile } from './api/shared-file';

/** The event of a message that mentions the bot, which the manifest subscribes to. */
export const mentionEvent = 'app_mention';

/** Slack itself, which posts reminders in the words of anyone, also of guests, and counts as a full member. */
const slackbot = 'USLACKBOT';

/** Maximum files that Slack takes with a message. */
const maxFiles = 10;

const MentionEvent = z.object({
  user: z.string(),
  text: z.string(),
  channel: z.string(),
  ts: z.string().optional(),
  /** Absent without a file. One that is gone has no name. */
  files: z.array(z.unknown()).optional(),
  thread_ts: z.string().optional(),
  /** The workspace of the author, which differs in a shared channel. */
  user_team: z.string().optional(),
  team: z.string().optional(),
  bot_id: z.string().optional(),
  edited: z.unknown().optional(),
});

/** A command that was given by a mention. */
export interface Mention {
  readonly user: string;
  readonly team: string | undefined;
  readonly channel: string;
  /** The first message of the thread that it was written in; with files, the answer makes one of it. */
  readonly thread: string | undefined;
  /** Files of the message; absent without any. */
  readonly files?: readonly SharedFile[];
  /** The text after the mention, as after `/peering`. */
  readonly command: string;
}

/**
 * Reads the event, which comes from outside; undefined if it asks for nothing: written by a bot, edited afterwards, or
 * without a mention of this bot.
 */
export const decodeMention = (event: unknown, botUserId: string): Mention | undefined => {
  const parsed = MentionEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { user, text, channel, ts, thread_ts, user_team, team, bot_id, edited } = parsed.data;
  if (bot_id !== undefined || edited !== undefined || user === botUserId || user === slackbot)
    return undefined;
  const [, command] = new RegExp(`<@${botUserId}(?:\\|[^>]*)?>([\\s\\S]*)`).exec(text) ?? [];
  if (command === undefined) return undefined;
  const files = (parsed.data.files ?? [])
    .slice(0, maxFiles)
    .flatMap((file) => SharedFile.safeParse(file).data ?? []);
  const hasFiles = files.length > 0;
  return {
    user,
    team: user_team ?? team,
    channel,
    thread: thread_ts ?? (hasFiles ? ts : undefined),
    command: command.trim(),
    ...omitUndefined({ files: hasFiles ? files : undefined }),
  };
};
