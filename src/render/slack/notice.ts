import type { ModalView } from '@slack/types';
import { plain } from '../escape';
import { section } from './blocks';
import { limits, type Message } from './limits';

/** A modal that only says something: that it is being filled, or why it will not be. */
export const renderNoticeModal = (title: string, message: Pick<Message, 'blocks'>): ModalView => ({
  type: 'modal',
  callback_id: 'notice',
  title: { type: 'plain_text', text: plain(title, limits.viewTitle) },
  close: { type: 'plain_text', text: 'Close' },
  blocks: message.blocks,
});

/** What a modal shows until it is filled. */
export const loadingMessage: Pick<Message, 'blocks'> = { blocks: [section('⏳ Loading…')] };

/** What it shows where nothing is to be said. */
export const doneMessage: Pick<Message, 'blocks'> = { blocks: [section('✅ Done')] };
