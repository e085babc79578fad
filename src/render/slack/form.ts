import type { InputBlock, ModalView, StaticSelect } from '@slack/types';
import { plain } from '../escape';
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

/** One option of a drop-down. */
export interface FormOption {
  readonly text: string;
  readonly value: string;
}

/** Slack accepts values of 150 characters, 100 options in each of 100 groups, and 250 kB in a view. */
const [maxValue, maxInGroup, maxGroups, maxOptions] = [150, 100, 100, 600];

/** A drop-down with a group of options for each label. Options that do not fit are left out; undefined if none is left. */
export const groupedSelect = (
  placeholder: string,
  groups: readonly (readonly [label: string, options: readonly FormOption[]])[],
): StaticSelect | undefined => {
  let left = maxOptions;
  const shown = groups.flatMap(([label, options]) => {
    const fit = options.filter(({ value }) => value.length <= maxValue).slice(0, Math.min(maxInGroup, left));
    left -= fit.length;
    return fit.length === 0 ? [] : [{ label, options: fit }];
  });
  return shown.length === 0
    ? undefined
    : {
        type: 'static_select',
        action_id: inputAction,
        placeholder: plainText(placeholder),
        option_groups: shown.slice(0, maxGroups).map(({ label, options }) => ({
          label: plainText(plain(label, 75)),
          options: options.map(({ text, value }) => ({ text: plainText(plain(text, 75)), value })),
        })),
      };
};

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
