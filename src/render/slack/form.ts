import type { InputBlock, ModalView } from '@slack/types';
import { plainText } from './blocks';
import { encodeParts } from './button-value';
import { limits } from './limits';

/** The `action_id` of every input. Inputs differ in their `block_id`. */
export const inputAction = 'value';

export interface FormField {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly optional?: boolean | undefined;
}

export const input = (
  { id, label, hint, optional }: FormField,
  element: InputBlock['element'],
): InputBlock => ({
  type: 'input',
  block_id: id,
  label: plainText(label),
  element,
  ...(hint && { hint: plainText(hint) }),
  ...(optional && { optional }),
});

/**
 * A modal with inputs. `metadata` comes back with the submission: it names the channel in which the form was opened,
 * which grants can require and which the answer goes to.
 */
export const form = (
  callbackId: string,
  title: string,
  metadata: readonly (string | null)[],
  submit: string,
  blocks: ModalView['blocks'],
): ModalView => ({
  type: 'modal',
  callback_id: callbackId,
  private_metadata: encodeParts(metadata) ?? '',
  title: plainText(title.slice(0, limits.modalTitle)),
  submit: plainText(submit),
  close: plainText('Cancel'),
  blocks,
});
