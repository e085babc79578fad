import { type Fields, isObject, textOf } from '../workspace/blocks/schema';
import type { Message } from '../workspace/model';
import type { Workspace } from '../workspace/workspace';

/** A conversation as text, for `--run`. */

const unescape = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** Slack's markup as people read it: names for ids, labels for links, and no marks for bold. */
const readable = (workspace: Workspace, text: string): string => {
  const { users, channels, usergroups } = workspace.state;
  const reference = (inner: string): string => {
    const [target = '', label = ''] = inner.split('|');
    const id = target.slice(1);
    if (target.startsWith('@')) return `@${users.get(id)?.realName ?? id}`;
    if (target.startsWith('#')) return `#${channels.get(id)?.name ?? id}`;
    if (target.startsWith('!subteam^')) return `@${usergroups.get(target.slice(9))?.handle ?? target}`;
    if (target.startsWith('!date^')) return label;
    if (target.startsWith('!')) return `@${id}`;
    return label && label !== target ? `${label} (${target})` : target;
  };
  return unescape(
    text
      .replace(/<([^<>\n]+)>/g, (_, inner: string) => reference(inner))
      .replace(/(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/gu, '$2')
      .replace(/```\n?([\s\S]*?)\n?```/g, (_, code: string) => `\n${indent(code.split('\n')).join('\n')}\n`),
  );
};

const indent = (lines: readonly string[], by = '    '): readonly string[] =>
  lines.map((line) => (line === '' ? '' : by + line));

const cellText = (cell: unknown): string => {
  if (Array.isArray(cell)) return cell.map(cellText).join('');
  if (!isObject(cell)) return '';
  return textOf(cell['text']) || textOf(cell['value']) || cellText(cell['elements']);
};

const tableLines = (rows: readonly (readonly unknown[])[]): readonly string[] => {
  const cells = rows.map((row) => row.map(cellText));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

const buttons = (elements: unknown): string =>
  (Array.isArray(elements) ? (elements as readonly Fields[]) : [])
    .map((element) => `[${cellText(element['text']) || cellText(element['placeholder']) || '…'}]`)
    .join(' ');

const blockLines = (workspace: Workspace, block: Fields): readonly string[] => {
  const text = (value: unknown): readonly string[] =>
    isObject(value)
      ? readable(workspace, textOf(value['text']))
          .replace(/^\n|\n$/g, '')
          .split('\n')
      : [];
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  switch (block['type']) {
    case 'section': {
      const accessory = isObject(block['accessory']) ? [buttons([block['accessory']])] : [];
      return [...text(block['text']), ...list(block['fields']).flatMap(text), ...accessory];
    }
    case 'header':
      return text(block['text']);
    case 'context':
      return [list(block['elements']).flatMap(text).join(' ')];
    case 'actions':
      return [buttons(block['elements'])];
    case 'divider':
      return [''];
    case 'container':
      if (block['default_collapsed'] === true) return [`▸ ${text(block['title']).join(' ')}`];
      return [
        `▾ ${text(block['title']).join(' ')}`,
        ...indent(
          list(block['child_blocks']).flatMap((child) =>
            isObject(child) ? blockLines(workspace, child) : [],
          ),
          '  ',
        ),
      ];
    case 'table':
    case 'data_table':
      return [
        ...(block['caption'] ? [textOf(block['caption'])] : []),
        ...tableLines(list(block['rows']) as readonly (readonly unknown[])[]),
      ];
    case 'markdown':
      return textOf(block['text']).split('\n');
    default:
      return [cellText(block)];
  }
};

const messageLines = (workspace: Workspace, message: Message): readonly string[] => {
  const name = workspace.state.users.get(message.user)?.realName ?? message.user;
  const body =
    message.blocks.length > 0
      ? message.blocks.flatMap((block) => blockLines(workspace, block))
      : readable(workspace, message.text).split('\n');
  const files = message.files.map((file) => `${file.name}, ${file.length} bytes`);
  return [
    `${name}${message.ephemeralTo ? ' (only visible to you)' : ''}`,
    ...indent([...body, ...files], '  '),
    ...workspace
      .thread(message.ts)
      .flatMap((reply) => ['', ...indent(messageLines(workspace, reply), '  │ ')]),
  ];
};

/** Renders what a person sees in a channel, oldest first, with threads beneath their messages. */
export const transcript = (workspace: Workspace, channel: string, user: string): string =>
  [...workspace.messages(channel), ...workspace.ephemerals(user, channel)]
    .filter((message) => !message.broadcast)
    .toSorted((one, other) => Number(one.ts) - Number(other.ts))
    .map((message) =>
      messageLines(workspace, message)
        .join('\n')
        .replace(/\n{3,}/g, '\n\n'),
    )
    .join('\n\n');
