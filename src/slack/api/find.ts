import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { MessageRef } from './message-ref';
import { callSlack, type SlackAnswer } from './call';
import { omitUndefined } from '../../omit-undefined';

/** The target of a message, and the name under which it is posted at most once. */
export interface MessageTarget {
  readonly channel: string;
  /** The first message of the thread that it belongs to. */
  readonly thread?: string;
  /** Shows the reply in the channel as well. */
  readonly broadcast?: boolean;
  /** Unique to this message, such as the request's id with the number of the part. */
  readonly name: string;
  /** Creation time of the name (ms since the epoch): no message with it can be older. */
  readonly since: number;
  /** Maximum wait inside the job, in ms; by default the poster's. */
  readonly patienceMs?: number;
  /** Searches the history first even if no earlier post is known: Redis may have lost the record of it. */
  readonly mayBeThere?: boolean;
  /** The number of the content, for a message that is edited later. */
  readonly seq?: number;
  /** Asked right before the message is sent: false if another process may have the right to send it now. */
  readonly maySend?: () => boolean;
}

const eventType = 'peering_bot_message';

/** The metadata that makes a message findable. `seq` counts the contents of a message that is edited. */
export const messageName = (name: string, seq?: number) => ({
  event_type: eventType,
  event_payload: seq === undefined ? { name } : { name, seq },
});

/** The fields that are read of a message in a channel's history. */
interface HistoryMessage {
  readonly ts?: string;
  readonly user?: string;
  readonly files?: readonly { readonly name?: string | null }[];
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: unknown };
}

type Reader = Pick<WebClient, 'conversations'>;

/** Maximum pages of history to read; a post before them counts as missing. */
const maxPages = 10;

type Where = Pick<MessageTarget, 'channel' | 'thread' | 'since'>;

/** Reads the history since a time, a page at a time, until `visit` returns false. */
const readHistory = async (
  client: Reader,
  { channel, thread, since }: Where,
  visit: (messages: readonly HistoryMessage[]) => boolean,
): Promise<SlackAnswer<undefined>> => {
  // Slack's clock may be behind ours.
  const oldest = String(Math.floor(since / 1000) - 30);
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const common = {
      channel,
      oldest,
      include_all_metadata: true,
      limit: 100,
      ...omitUndefined({ cursor }),
    };
    const answer = await callSlack(() =>
      thread === undefined
        ? client.conversations.history(common)
        : client.conversations.replies({ ...common, ts: thread }),
    );
    if (!answer.ok) return answer;
    if (!visit(answer.value.messages ?? [])) break;
    cursor = answer.value.response_metadata?.next_cursor || undefined;
    if (cursor === undefined) break;
  }
  return { ok: true, value: undefined };
};

const find = async (
  client: Reader,
  target: MessageTarget,
  is: (message: HistoryMessage) => boolean,
): Promise<SlackAnswer<MessageRef | undefined>> => {
  let found: HistoryMessage | undefined;
  const read = await readHistory(client, target, (messages) => {
    found = messages.find(is);
    return found === undefined;
  });
  if (!read.ok || found?.ts === undefined) return read;
  return { ok: true, value: { channel: target.channel, ts: found.ts } };
};

/** A message of the bot as it is in the history. */
interface OwnMessage {
  readonly name: string;
  readonly seq: number | undefined;
  readonly ts: string;
}

const OwnPayload = z.object({ name: z.string(), seq: z.coerce.number().optional() });

const readOwn = ({ ts, user, metadata }: HistoryMessage, botUserId: string): OwnMessage | undefined => {
  if (user !== botUserId || metadata?.event_type !== eventType || ts === undefined) return undefined;
  const { data } = OwnPayload.safeParse(metadata.event_payload);
  return data && { name: data.name, seq: data.seq, ts };
};

/** Lists the bot's own named messages since a time, in a channel or in a thread. */
export const listOwn = async (
  client: Reader,
  botUserId: string,
  where: Where,
): Promise<SlackAnswer<readonly OwnMessage[]>> => {
  const found: OwnMessage[] = [];
  const read = await readHistory(client, where, (messages) => {
    found.push(...messages.flatMap((message) => readOwn(message, botUserId) ?? []));
    return true;
  });
  return read.ok ? { ok: true, value: found } : read;
};

/** Looks for the bot's own message of this name. */
export const findByName = (
  client: Reader,
  botUserId: string,
  target: MessageTarget,
): Promise<SlackAnswer<MessageRef | undefined>> =>
  find(client, target, (message) => readOwn(message, botUserId)?.name === target.name);

/** Looks for the bot's own message with this file. A file carries no metadata, so its name must be unique. */
export const findByFile = (
  client: Reader,
  botUserId: string,
  target: MessageTarget,
  filename: string,
): Promise<SlackAnswer<MessageRef | undefined>> =>
  find(
    client,
    target,
    ({ user, files }) => user === botUserId && (files ?? []).some((file) => file.name === filename),
  );
