import type { KnownBlock } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Message } from '../render/slack/limits';
import { callSlack, describeFailure } from './api/call';

/** A message of the bot whose button was clicked, as Slack holds it. */
export interface ClickedMessage extends Message {
  /** Replaces the message; false if Slack did not take the new one. */
  readonly replace: (message: Message) => Promise<boolean>;
}

const isBlock = (given: unknown): boolean => typeof given === 'object' && given !== null && 'type' in given;

/** The payload of a click: the bot's own blocks, and no message if it is private. */
const Click = z.object({
  channel: z.object({ id: z.string() }),
  message: z.object({
    ts: z.string(),
    text: z.string(),
    blocks: z.array(z.custom<KnownBlock>(isBlock)),
  }),
});

const ClickContainer = z.object({ message_ts: z.string(), thread_ts: z.string().optional() });

/**
 * Returns the thread that a click was made in, from the container of its payload; undefined in the channel itself, also on
 * a message that has replies.
 */
export const threadOfClick = (container: unknown): string | undefined => {
  const { data } = ClickContainer.safeParse(container);
  return data?.thread_ts === data?.message_ts ? undefined : data?.thread_ts;
};

/** Reads the message of a click; undefined if it has none that can be replaced. */
export const readClickedMessage = (
  body: unknown,
  client: Pick<WebClient, 'chat'>,
  log: Logger,
): ClickedMessage | undefined => {
  const parsed = Click.safeParse(body);
  if (!parsed.success) return undefined;
  const { channel, message } = parsed.data;
  return {
    text: message.text,
    blocks: message.blocks,
    replace: async ({ text, blocks }) => {
      const replaced = await callSlack(() =>
        client.chat.update({ channel: channel.id, ts: message.ts, text, blocks }),
      );
      if (!replaced.ok)
        log.info({ reason: describeFailure(replaced.error) }, 'could not replace the clicked message');
      return replaced.ok;
    },
  };
};
