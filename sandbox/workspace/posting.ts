import type { Content } from './content';
import { mentionsOf } from './mentions';
import type { Message, StoredFile } from './model';
import { findMessage, messagesIn, type State } from './state';

/** Posts messages of people and of the app to a conversation. */

export interface Post extends Content {
  readonly channel: string;
  readonly user: string;
  readonly fromBot: boolean;
  readonly threadTs?: string | undefined;
  readonly broadcast?: boolean;
  readonly metadata?: Message['metadata'] | undefined;
  readonly files?: readonly StoredFile[];
  readonly ephemeralTo?: string;
  /** A new one by default. */
  readonly ts?: string;
}

export const addMessage = (state: State, post: Post): Message => {
  const { threadTs, metadata, ephemeralTo } = post;
  const message: Message = {
    channel: post.channel,
    ts: post.ts ?? state.nextTs(),
    user: post.user,
    fromBot: post.fromBot,
    text: post.text,
    blocks: post.blocks,
    attachments: post.attachments,
    ...(threadTs ? { threadTs } : {}),
    ...(post.broadcast ? { broadcast: true } : {}),
    ...(metadata ? { metadata } : {}),
    ...(ephemeralTo ? { ephemeralTo } : {}),
    files: post.files ?? [],
    mentions: post.fromBot ? mentionsOf(post.text, post.blocks, post.attachments) : [],
  };
  messagesIn(state, post.channel).push(message);
  state.changed({ kind: 'message', message });
  // A reply ends the status of the app.
  if (post.fromBot && threadTs && !ephemeralTo && state.statuses.delete(threadTs))
    state.changed({ kind: 'thread', channel: post.channel });
  return message;
};

export const editMessage = (state: State, message: Message, content: Partial<Content>): void => {
  message.text = content.text ?? message.text;
  message.blocks = content.blocks ?? message.blocks;
  message.attachments = content.attachments ?? message.attachments;
  message.mentions = [
    ...new Set([...message.mentions, ...mentionsOf(message.text, message.blocks, message.attachments)]),
  ];
  if (message.ephemeralTo === undefined) message.edited = state.nextTs();
  state.changed({ kind: 'message', message });
};

export const removeMessage = (state: State, channel: string, ts: string, user?: string): boolean => {
  const message = findMessage(state, channel, ts, user);
  if (!message) return false;
  const list = messagesIn(state, channel);
  list.splice(list.indexOf(message), 1);
  state.changed({
    kind: 'deleted',
    channel,
    ts,
    ...(message.ephemeralTo ? { user: message.ephemeralTo } : {}),
  });
  return true;
};
