import { blockText, countTables, validateBlocks } from './blocks/validate';
import { type Fields, isObject, textOf } from './blocks/schema';
import type { State } from './state';

/** Limits of a message's content, with Slack's error code for each. */

export interface Refusal {
  readonly ok: false;
  readonly error: string;
  readonly [detail: string]: unknown;
}

export const refuse = (error: string, messages: readonly string[] = []): Refusal =>
  messages.length === 0
    ? { ok: false, error }
    : { ok: false, error, errors: messages, response_metadata: { messages } };

export const isRefusal = (value: unknown): value is Refusal => isObject(value) && value['ok'] === false;

/** `text` may have 40,000 characters in a new message and 4,000 in an edit: https://docs.slack.dev/reference/methods/chat.update */
export const textLimits = { post: 40_000, update: 4_000 } as const;

export interface Content {
  readonly text: string;
  readonly blocks: readonly Fields[];
  readonly attachments: readonly Fields[];
}

/** Gives every block and every interactive element the id that Slack would make up. */
export const withIds = (state: State, blocks: readonly Fields[]): readonly Fields[] => {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    const filled = Object.fromEntries(Object.entries(value).map(([key, field]) => [key, visit(field)]));
    const type = textOf(value['type']);
    const interactive = /button|select|overflow|picker|checkboxes|input$/.test(type) && type !== 'input';
    return interactive && value['action_id'] === undefined
      ? { ...filled, action_id: state.nextId('') }
      : filled;
  };
  return blocks.map((block) => {
    const filled = visit(block) as Fields;
    return filled['block_id'] === undefined ? { ...filled, block_id: state.nextId('') } : filled;
  });
};

/** Checks text, blocks and attachments together; a limit in UTF-16 units. */
export const readContent = (
  state: State,
  args: Fields,
  limits: { readonly text: number; readonly blockText: number },
): Content | Refusal => {
  const text = typeof args['text'] === 'string' ? args['text'] : '';
  const blocks = args['blocks'] ?? [];
  const attachments = args['attachments'] ?? [];
  if (!Array.isArray(blocks) || !blocks.every(isObject)) return refuse('invalid_blocks_format');
  if (!Array.isArray(attachments) || !attachments.every(isObject)) return refuse('invalid_attachments');
  if (text === '' && blocks.length === 0 && attachments.length === 0) return refuse('no_text');
  if (text.length > limits.text) return refuse('msg_too_long');
  if (attachments.length > 100) return refuse('too_many_attachments');
  const nested = attachments.flatMap((attachment) => (attachment['blocks'] ?? []) as readonly Fields[]);
  const messages = [...validateBlocks('message', blocks), ...validateBlocks('message', nested)];
  if (messages.length > 0) return refuse('invalid_blocks', messages);
  if (countTables(blocks) + countTables(nested) > 1)
    return refuse('invalid_attachments', ['[ERROR] only_one_table_allowed']);
  if (blockText(blocks) + blockText(nested) > limits.blockText) return refuse('msg_blocks_too_long');
  return { text, blocks: withIds(state, blocks), attachments };
};

/** Metadata is a typed event: https://docs.slack.dev/messaging/message-metadata */
export const readMetadata = (
  args: Fields,
): { event_type: string; event_payload: Fields } | undefined | Refusal => {
  const metadata = args['metadata'];
  if (metadata === undefined || metadata === '') return undefined;
  if (
    !isObject(metadata) ||
    typeof metadata['event_type'] !== 'string' ||
    !isObject(metadata['event_payload'])
  )
    return refuse('invalid_metadata_format');
  return { event_type: metadata['event_type'], event_payload: metadata['event_payload'] };
};
