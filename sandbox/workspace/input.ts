import { type Fields, isObject, textOf } from './blocks/schema';

/** Values of inputs and menus, in the shapes that interaction payloads carry. */

/** By `block_id/action_id`, or by `action_id` alone. Options are named by their value. */
export type Values = Readonly<Record<string, string | number | readonly string[] | null>>;

/** Every element with an `action_id`, with the `block_id` of its block. */
export const elementsIn = (blocks: unknown): { readonly blockId: string; readonly element: Fields }[] => {
  if (!Array.isArray(blocks)) return [];
  const inBlock = (value: unknown, blockId: string): { blockId: string; element: Fields }[] => {
    if (Array.isArray(value)) return value.flatMap((entry) => inBlock(entry, blockId));
    if (!isObject(value)) return [];
    const own = typeof value['action_id'] === 'string' ? [{ blockId, element: value }] : [];
    return [...own, ...Object.values(value).flatMap((field) => inBlock(field, blockId))];
  };
  return blocks.flatMap((block: unknown) => {
    if (!isObject(block)) return [];
    if (Array.isArray(block['child_blocks'])) return elementsIn(block['child_blocks']);
    return inBlock(block, textOf(block['block_id']));
  });
};

const optionsOf = (element: Fields): readonly Fields[] => [
  ...((element['options'] ?? []) as readonly Fields[]),
  ...((element['option_groups'] ?? []) as readonly { options: readonly Fields[] }[]).flatMap(
    (g) => g.options,
  ),
];

const optionNamed = (element: Fields, value: unknown): Fields | null =>
  optionsOf(element).find((option) => option['value'] === value) ?? null;

/** Which field carries the value of a kind of element, and which holds its initial one. */
const carried: Readonly<Record<string, readonly [field: string, initial: string]>> = {
  plain_text_input: ['value', 'initial_value'],
  email_text_input: ['value', 'initial_value'],
  url_text_input: ['value', 'initial_value'],
  number_input: ['value', 'initial_value'],
  rich_text_input: ['rich_text_value', 'initial_value'],
  datepicker: ['selected_date', 'initial_date'],
  timepicker: ['selected_time', 'initial_time'],
  datetimepicker: ['selected_date_time', 'initial_date_time'],
  static_select: ['selected_option', 'initial_option'],
  external_select: ['selected_option', 'initial_option'],
  radio_buttons: ['selected_option', 'initial_option'],
  overflow: ['selected_option', ''],
  checkboxes: ['selected_options', 'initial_options'],
  multi_static_select: ['selected_options', 'initial_options'],
  multi_external_select: ['selected_options', 'initial_options'],
  users_select: ['selected_user', 'initial_user'],
  channels_select: ['selected_channel', 'initial_channel'],
  conversations_select: ['selected_conversation', 'initial_conversation'],
  multi_users_select: ['selected_users', 'initial_users'],
  multi_channels_select: ['selected_channels', 'initial_channels'],
  multi_conversations_select: ['selected_conversations', 'initial_conversations'],
  file_input: ['files', ''],
};

/** The element's part of `state.values` or of an action; undefined for elements without a value, such as buttons. */
export const valueOf = (element: Fields, given: Values[string] | undefined): Fields | undefined => {
  const type = textOf(element['type']);
  const [field, initial] = carried[type] ?? [];
  if (!field) return undefined;
  const many = field.endsWith('s') && field !== 'files' ? [] : null;
  if (given === undefined) return { type, [field]: (initial && element[initial]) ?? many };
  if (field === 'selected_option') return { type, [field]: optionNamed(element, given) };
  if (field === 'selected_options') {
    const values = Array.isArray(given) ? given : [given];
    return { type, [field]: values.flatMap((value) => optionNamed(element, value) ?? []) };
  }
  return { type, [field]: given === '' ? null : given };
};

export const lookUp = (values: Values, blockId: string, element: Fields): Values[string] | undefined =>
  values[`${blockId}/${textOf(element['action_id'])}`] ?? values[textOf(element['action_id'])];

/** `state.values` of a view or a message: by block, by action. */
export const stateValues = (blocks: unknown, values: Values): Fields => {
  const state: Record<string, Record<string, Fields>> = {};
  for (const { blockId, element } of elementsIn(blocks)) {
    const value =
      element['type'] === 'overflow' ? undefined : valueOf(element, lookUp(values, blockId, element));
    if (value) (state[blockId] ??= {})[textOf(element['action_id'])] = value;
  }
  return state;
};

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** Errors that Slack's own dialog shows before it calls the app, by `block_id`. */
export const inputErrors = (blocks: unknown, values: Values): Readonly<Record<string, string>> => {
  const errors: Record<string, string> = {};
  for (const block of Array.isArray(blocks) ? (blocks as readonly Fields[]) : []) {
    const element = block['element'];
    if (block['type'] !== 'input' || !isObject(element)) continue;
    const blockId = textOf(block['block_id']);
    const [field] = carried[textOf(element['type'])] ?? [];
    const value = field && valueOf(element, lookUp(values, blockId, element))?.[field];
    if (isEmpty(value)) {
      if (block['optional'] !== true) errors[blockId] = 'This field is required.';
      continue;
    }
    const length = typeof value === 'string' ? value.length : 0;
    if (typeof element['min_length'] === 'number' && length < element['min_length'])
      errors[blockId] = `Enter at least ${element['min_length']} characters.`;
    if (length > Number(element['max_length'] ?? 3000)) errors[blockId] = 'This entry is too long.';
  }
  return errors;
};
