import type { WebClient } from '@slack/web-api';
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
}

const eventType = 'peering_bot_message';

/** The metadata that makes a message findable. */
export const messageName = (name: string) => ({ event_type: eventType, event_payload: { name } });

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

const find = async (
  client: Reader,
  { channel, thread, since }: MessageTarget,
  is: (message: HistoryMessage) => boolean,
): Promise<SlackAnswer<MessageRef | undefined>> => {
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
    const messages: readonly HistoryMessage[] = answer.value.messages ?? [];
    const found = messages.find(is);
    if (found?.ts !== undefined) return { ok: true, value: { channel, ts: found.ts } };
    cursor = answer.value.response_metadata?.next_cursor || undefined;
    if (cursor === undefined) break;
  }
  return { ok: true, value: undefined };
};

/** Looks for the bot's own message of this name. */
export const findByName = (
  client: Reader,
  botUserId: string,
  target: MessageTarget,
): Promise<SlackAnswer<MessageRef | undefined>> =>
  find(client, target, ({ user, metadata }) => {
    const payload = metadata?.event_payload;
    return (
      user === botUserId &&
      metadata?.event_type === eventType &&
      typeof payload === 'object' &&
      payload !== null &&
      'name' in payload &&
      payload.name === target.name
    );
  });

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
