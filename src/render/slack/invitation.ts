import { code } from '../escape';
import { context } from './blocks';
import type { Message } from './limits';

/** Adds to a private message why it is not posted to the channel, and how to change that. */
export const withInvitation = (message: Message, botName: string): Message => ({
  text: message.text,
  blocks: [
    context(
      `👤 Only you can see this, because the bot is not in this channel. Run ${code(`/invite @${botName}`, 100)} to get answers here.`,
    ),
    ...message.blocks,
  ],
});
