import { code } from '../escape';
import { context } from './blocks';
import type { Message } from './limits';

/** The message as only its reader sees it, with why it does not stand in the channel and how to change that. */
export const withInvitation = (message: Message, botName: string): Message => ({
  text: message.text,
  blocks: [
    context(
      `👤 Only you see this: the bot is not in this channel. ${code(`/invite @${botName}`, 100)} lets it answer here.`,
    ),
    ...message.blocks,
  ],
});
