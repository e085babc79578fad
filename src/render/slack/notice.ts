import type { ModalView } from '@slack/types';
import { plain } from '../escape';
import { plainText, section } from './blocks';
import { limits, type Message } from './limits';

/** Renders a message as a modal, while its content loads or if there is none. */
export const renderNoticeModal = (title: string, message: Pick<Message, 'blocks'>): ModalView => ({
  type: 'modal',
  callback_id: 'notice',
  title: plainText(plain(title, limits.modalTitle)),
  close: plainText('Close'),
  blocks: message.blocks,
});

export const loadingMessage: Pick<Message, 'blocks'> = { blocks: [section('⏳ Loading…')] };

/** Shown after an action that has no message of its own. */
export const doneMessage: Pick<Message, 'blocks'> = { blocks: [section('✅ Done')] };
