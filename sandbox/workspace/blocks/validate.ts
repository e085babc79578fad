import { type Surface, surfaceRules, textLength } from './rules';
import { type Fields, isObject, object, literal, text, boolean, type Report } from './schema';
import { plainText } from './composition';

export type { Surface } from './rules';

/** Everything in a tree of blocks that has an id of the given kind. */
const identified = (value: unknown, key: string, pointer: string): { id: string; pointer: string }[] => {
  if (Array.isArray(value))
    return value.flatMap((entry, index) => identified(entry, key, `${pointer}/${index}`));
  if (!isObject(value)) return [];
  const own = typeof value[key] === 'string' ? [{ id: value[key], pointer }] : [];
  return [
    ...own,
    ...Object.entries(value).flatMap(([name, field]) => identified(field, key, `${pointer}/${name}`)),
  ];
};

const repeated = (value: unknown, key: string, pointer: string, report: Report): void => {
  const seen = new Set<string>();
  for (const { id, pointer: at } of identified(value, key, pointer)) {
    if (seen.has(id)) report(`\`${key}\` "${id}" already exists`, at);
    seen.add(id);
  }
};

/** A `block_id` is unique in its surface, an `action_id` in its block. */
const uniqueIds = (blocks: readonly unknown[], pointer: string, report: Report): void => {
  repeated(blocks, 'block_id', pointer, report);
  const visit = (block: unknown, at: string): void => {
    if (!isObject(block)) return;
    if (Array.isArray(block['child_blocks'])) {
      block['child_blocks'].forEach((child, index) => visit(child, `${at}/child_blocks/${index}`));
    } else repeated(block, 'action_id', at, report);
  };
  blocks.forEach((block, index) => visit(block, `${pointer}/${index}`));
};

const check = (surface: Surface, blocks: unknown, pointer: string, report: Report): void => {
  surfaceRules[surface](blocks, pointer, report);
  if (Array.isArray(blocks)) uniqueIds(blocks, pointer, report);
};

const collect = (run: (report: Report) => void): string[] => {
  const messages: string[] = [];
  run((message, pointer) => {
    messages.push(`[ERROR] ${message} [json-pointer:${pointer}]`);
  });
  return messages;
};

/**
 * Returns Slack's complaints about blocks on a surface, in the form of its `response_metadata.messages`; empty
 * where it takes them. The limit on all text of one message together is `blockText`'s.
 */
export const validateBlocks = (surface: Surface, blocks: unknown): readonly string[] =>
  collect((report) => check(surface, blocks, '/blocks', report));

/** Returns Slack's complaints about a whole view, in the same form. Its limits: https://docs.slack.dev/reference/views */
export const validateView = (view: unknown): readonly string[] =>
  collect((report) => {
    const type = isObject(view) ? view['type'] : undefined;
    if (type !== 'modal' && type !== 'home') {
      report(type === undefined ? 'missing required field: type' : 'unsupported type', '/view/type');
      return;
    }
    const common = { callback_id: text(255), external_id: text(255), private_metadata: text(3000, 0) };
    const blocks = (value: unknown, pointer: string): void => check(type, value, pointer, report);
    const rule =
      type === 'home'
        ? object({ type: literal('home'), blocks }, common)
        : object(
            { type: literal('modal'), title: plainText(24), blocks },
            {
              ...common,
              close: plainText(24),
              submit: plainText(24),
              clear_on_close: boolean,
              notify_on_close: boolean,
              submit_disabled: boolean,
            },
            (value: Fields, pointer) => {
              const list = Array.isArray(value['blocks']) ? (value['blocks'] as readonly unknown[]) : [];
              const asks = list.some((block) => isObject(block) && block['type'] === 'input');
              if (asks && value['submit'] === undefined)
                report('missing required field: submit (the view has an input)', pointer);
            },
          );
    rule(view, '/view', report);
  });

/** The text of all blocks together, in UTF-16 units, which Slack bounds without saying so (`msg_blocks_too_long`). */
export const blockText = (blocks: unknown): number => textLength(blocks);

/** Counts the tables of a message; Slack takes one (`only_one_table_allowed`). */
export const countTables = (blocks: unknown): number => {
  if (!Array.isArray(blocks)) return 0;
  return blocks.reduce<number>((sum, block) => {
    if (!isObject(block)) return sum;
    return sum + (block['type'] === 'table' ? 1 : countTables(block['child_blocks']));
  }, 0);
};
