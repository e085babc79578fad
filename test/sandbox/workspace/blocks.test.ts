import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import {
  blockText,
  countTables,
  type Surface,
  validateBlocks,
  validateView,
} from '../../../sandbox/workspace/blocks/validate';

const chars = (count: number): string => 'x'.repeat(count);
const times = <T>(count: number, one: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => one(index));
const plain = (text = 'text') => ({ type: 'plain_text' as const, text });
const mrkdwn = (text = 'text') => ({ type: 'mrkdwn' as const, text });
const image = { type: 'image' as const, image_url: 'https://example.com/a.png', alt_text: 'an image' };
const rich = (text = 'text') => ({
  type: 'rich_text' as const,
  elements: [{ type: 'rich_text_section' as const, elements: [{ type: 'text' as const, text }] }],
});
const cell = (text = 'cell') => ({ type: 'raw_text' as const, text });
const option = (value: string) => ({ text: plain(value), value });
const button = (action_id: string, more: object = {}) => ({
  type: 'button' as const,
  action_id,
  text: plain(),
  ...more,
});
const actions = (...elements: readonly object[]) => ({ type: 'actions', elements });
const table = (rows: number, columns: number) => ({
  type: 'table',
  rows: times(rows, () => times(columns, () => cell())),
});
const dataTable = (rows: number, columns = 1, text = 'cell') => ({
  type: 'data_table',
  caption: 'a table',
  rows: times(rows, () => times(columns, () => cell(text))),
});

/** One of each block that the SDK's types know, and where Slack takes it. */
const known: Readonly<
  Record<KnownBlock['type'], { readonly block: KnownBlock; readonly on: readonly Surface[] }>
> = {
  actions: { block: { type: 'actions', elements: [button('a')] }, on: ['message', 'modal', 'home'] },
  alert: { block: { type: 'alert', text: mrkdwn(), level: 'warning' }, on: ['modal'] },
  card: {
    block: { type: 'card', title: mrkdwn(), actions: [button('a')] },
    on: ['message', 'modal', 'home'],
  },
  carousel: {
    block: { type: 'carousel', elements: [{ type: 'card', body: mrkdwn() }] },
    on: ['message', 'home'],
  },
  container: {
    block: {
      type: 'container',
      title: plain(),
      is_collapsible: true,
      default_collapsed: true,
      child_blocks: [{ type: 'section', text: mrkdwn() }, { type: 'divider' }],
    },
    on: ['message'],
  },
  context: { block: { type: 'context', elements: [mrkdwn(), image] }, on: ['message', 'modal', 'home'] },
  context_actions: {
    block: {
      type: 'context_actions',
      elements: [{ type: 'icon_button', icon: 'trash', text: plain(), action_id: 'remove' }],
    },
    on: ['message'],
  },
  data_table: { block: dataTable(2) as KnownBlock, on: ['message'] },
  divider: { block: { type: 'divider' }, on: ['message', 'modal', 'home'] },
  // An app cannot send one: it only ever reads them.
  file: { block: { type: 'file', source: 'remote', external_id: 'x' }, on: [] },
  header: { block: { type: 'header', text: plain() }, on: ['message', 'modal', 'home'] },
  image: { block: image, on: ['message', 'modal', 'home'] },
  input: {
    block: { type: 'input', label: plain(), element: { type: 'plain_text_input', action_id: 'a' } },
    on: ['message', 'modal', 'home'],
  },
  markdown: { block: { type: 'markdown', text: '**bold**' }, on: ['message'] },
  plan: {
    block: {
      type: 'plan',
      title: 'plan',
      tasks: [{ type: 'task_card', task_id: '1', title: 't', status: 'pending' }],
    },
    on: ['message'],
  },
  rich_text: { block: rich(), on: ['message', 'modal', 'home'] },
  section: { block: { type: 'section', text: mrkdwn() }, on: ['message', 'modal', 'home'] },
  table: { block: table(1, 1) as KnownBlock, on: ['message'] },
  task_card: {
    block: { type: 'task_card', task_id: '1', title: 't', status: 'in_progress', output: rich() },
    on: ['message'],
  },
  video: {
    block: {
      type: 'video',
      video_url: 'https://example.com/v',
      thumbnail_url: 'https://example.com/t',
      alt_text: 'a video',
      title: plain(),
    },
    on: ['message', 'modal', 'home'],
  },
};

describe('every block', () => {
  const surfaces: readonly Surface[] = ['message', 'modal', 'home'];
  it.each(Object.entries(known))(
    '%s is taken where Slack takes it, and refused elsewhere',
    (type, { block, on }) => {
      for (const surface of surfaces) {
        const messages = validateBlocks(surface, [block]);
        if (on.includes(surface)) expect(messages).toEqual([]);
        else expect(messages).toEqual([`[ERROR] unsupported type: ${type} [json-pointer:/blocks/0/type]`]);
      }
    },
  );

  it.each(Object.entries(known))('%s with an unknown field is refused', (_type, { block, on }) => {
    for (const surface of on) {
      expect(validateBlocks(surface, [{ ...block, colour: 'red' }])).toEqual([
        '[ERROR] invalid additional property: colour [json-pointer:/blocks/0]',
      ]);
    }
  });
});

/** At the limit a block passes, one past it is refused at that place. */
const limits: readonly (readonly [
  what: string,
  make: (size: number) => readonly object[],
  limit: number,
  pointer: string,
])[] = [
  ['blocks of a message', (size) => times(size, () => ({ type: 'divider' })), 50, '/blocks'],
  [
    'text of a section',
    (size) => [{ type: 'section', text: mrkdwn(chars(size)) }],
    3000,
    '/blocks/0/text/text',
  ],
  [
    'text of a section in UTF-16',
    (size) => [{ type: 'section', text: mrkdwn('🔴'.repeat(size / 2) + 'x'.repeat(size % 2)) }],
    3000,
    '/blocks/0/text/text',
  ],
  [
    'fields of a section',
    (size) => [{ type: 'section', fields: times(size, () => mrkdwn()) }],
    10,
    '/blocks/0/fields',
  ],
  [
    'text of a field',
    (size) => [{ type: 'section', fields: [mrkdwn(chars(size))] }],
    2000,
    '/blocks/0/fields/0/text',
  ],
  ['header', (size) => [{ type: 'header', text: plain(chars(size)) }], 150, '/blocks/0/text/text'],
  [
    'context elements',
    (size) => [{ type: 'context', elements: times(size, () => mrkdwn()) }],
    10,
    '/blocks/0/elements',
  ],
  [
    'action elements',
    (size) => [actions(...times(size, (index) => button(`a${index}`)))],
    25,
    '/blocks/0/elements',
  ],
  [
    'button text',
    (size) => [actions({ ...button('a'), text: plain(chars(size)) })],
    75,
    '/blocks/0/elements/0/text/text',
  ],
  [
    'button value',
    (size) => [actions(button('a', { value: chars(size) }))],
    2000,
    '/blocks/0/elements/0/value',
  ],
  ['action id', (size) => [actions(button(chars(size)))], 255, '/blocks/0/elements/0/action_id'],
  ['block id', (size) => [{ type: 'divider', block_id: chars(size) }], 255, '/blocks/0/block_id'],
  [
    'select options',
    (size) => [actions({ type: 'static_select', options: times(size, (index) => option(`o${index}`)) })],
    100,
    '/blocks/0/elements/0/options',
  ],
  [
    'option text',
    (size) => [actions({ type: 'static_select', options: [{ text: plain(chars(size)), value: 'v' }] })],
    75,
    '/blocks/0/elements/0/options/0/text/text',
  ],
  [
    'option value',
    (size) => [actions({ type: 'static_select', options: [{ text: plain(), value: chars(size) }] })],
    150,
    '/blocks/0/elements/0/options/0/value',
  ],
  [
    'overflow options',
    (size) => [actions({ type: 'overflow', options: times(size, (index) => option(`o${index}`)) })],
    5,
    '/blocks/0/elements/0/options',
  ],
  [
    'checkboxes',
    (size) => [actions({ type: 'checkboxes', options: times(size, (index) => option(`o${index}`)) })],
    10,
    '/blocks/0/elements/0/options',
  ],
  [
    'confirm text',
    (size) => [actions(button('a', { confirm: { text: plain(chars(size)) } }))],
    300,
    '/blocks/0/elements/0/confirm/text/text',
  ],
  [
    'confirm title',
    (size) => [actions(button('a', { confirm: { text: plain(), title: plain(chars(size)) } }))],
    100,
    '/blocks/0/elements/0/confirm/title/text',
  ],
  ['markdown', (size) => [{ type: 'markdown', text: chars(size) }], 12_000, '/blocks/0/text'],
  ['rows of a table', (size) => [table(size, 1)], 100, '/blocks/0/rows'],
  ['columns of a table', (size) => [table(1, size)], 20, '/blocks/0/rows/0'],
  ['rows of a data table', (size) => [dataTable(size)], 101, '/blocks/0/rows'],
  ['columns of a data table', (size) => [dataTable(2, size)], 20, '/blocks/0/rows'],
  [
    'characters of a data table',
    (size) => [{ ...dataTable(2), rows: [[cell(chars(5000))], [cell(chars(size - 5000))]] }],
    10_000,
    '/blocks/0/rows',
  ],
  [
    'children of a container',
    (size) => [{ type: 'container', title: plain(), child_blocks: times(size, () => ({ type: 'divider' })) }],
    10,
    '/blocks/0/child_blocks',
  ],
  [
    'title of a container',
    (size) => [{ type: 'container', title: plain(chars(size)), child_blocks: [{ type: 'divider' }] }],
    150,
    '/blocks/0/title/text',
  ],
];

describe('limits', () => {
  it.each(limits)('%s', (_what, make, limit, pointer) => {
    expect(validateBlocks('message', make(limit))).toEqual([]);
    const messages = validateBlocks('message', make(limit + 1));
    expect(messages).not.toEqual([]);
    expect(messages.every((message) => message.includes(`json-pointer:${pointer}`))).toBe(true);
  });

  it('a modal and a Home tab hold 100 blocks', () => {
    for (const surface of ['modal', 'home'] as const) {
      expect(
        validateBlocks(
          surface,
          times(100, () => ({ type: 'divider' })),
        ),
      ).toEqual([]);
      expect(
        validateBlocks(
          surface,
          times(101, () => ({ type: 'divider' })),
        ),
      ).toHaveLength(1);
    }
  });
});

/** Blocks that Slack refuses, and where it says the mistake is. */
const refused: readonly (readonly [what: string, block: unknown, pointer: string])[] = [
  ['not an object', 'text', '/blocks/0'],
  ['an unknown type', { type: 'banner' }, '/blocks/0/type'],
  ['an inherited name for a type', { type: 'constructor' }, '/blocks/0/type'],
  ['a section without text', { type: 'section' }, '/blocks/0'],
  ['an empty text', { type: 'section', text: mrkdwn('') }, '/blocks/0/text/text'],
  ['a text that is a string', { type: 'section', text: 'text' }, '/blocks/0/text'],
  ['markup in a header', { type: 'header', text: mrkdwn() }, '/blocks/0/text/type'],
  ['markup on a button', actions({ ...button('a'), text: mrkdwn() }), '/blocks/0/elements/0/text/type'],
  ['an unknown style', actions(button('a', { style: 'default' })), '/blocks/0/elements/0/style'],
  ['an input element among actions', actions({ type: 'plain_text_input' }), '/blocks/0/elements/0/type'],
  ['a select without options', actions({ type: 'static_select' }), '/blocks/0/elements/0'],
  [
    'a select with no options',
    actions({ type: 'static_select', options: [] }),
    '/blocks/0/elements/0/options',
  ],
  [
    'an initial option that is none',
    actions({ type: 'static_select', options: [option('a')], initial_option: option('b') }),
    '/blocks/0/elements/0',
  ],
  [
    'an empty cell',
    { type: 'data_table', caption: 'c', rows: [[cell()], [cell('')]] },
    '/blocks/0/rows/1/0/text',
  ],
  [
    'rows of different widths',
    { type: 'data_table', caption: 'c', rows: [[cell()], [cell(), cell()]] },
    '/blocks/0/rows',
  ],
  [
    'a rich header cell',
    { type: 'data_table', caption: 'c', rows: [[rich()], [cell()]] },
    '/blocks/0/rows/0',
  ],
  ['a data table without caption', { type: 'data_table', rows: [[cell()], [cell()]] }, '/blocks/0'],
  ['a data table of one row', dataTable(1), '/blocks/0/rows'],
  [
    'a container in a container',
    { type: 'container', title: plain(), child_blocks: [known.container.block] },
    '/blocks/0/child_blocks/0/type',
  ],
  [
    'rich text in a container',
    { type: 'container', title: plain(), child_blocks: [rich()] },
    '/blocks/0/child_blocks/0/type',
  ],
  ['a container without title', { type: 'container', child_blocks: [{ type: 'divider' }] }, '/blocks/0'],
  [
    'a collapsed container that cannot collapse',
    { type: 'container', title: plain(), default_collapsed: true, child_blocks: [{ type: 'divider' }] },
    '/blocks/0',
  ],
  ['a script for a link', actions(button('a', { url: 'javascript:alert(1)' })), '/blocks/0/elements/0/url'],
  ['an image with two sources', { ...image, slack_file: { id: 'F1' } }, '/blocks/0'],
  ['empty rich text', rich(''), '/blocks/0/elements/0/elements/0/text'],
];

describe('refused', () => {
  it.each(refused)('%s', (_what, block, pointer) => {
    const messages = validateBlocks('message', [block]);
    expect(messages).not.toEqual([]);
    expect(messages.every((message) => message.includes(`json-pointer:${pointer}]`))).toBe(true);
  });

  it('the same block_id twice, also inside a container', () => {
    const divider = { type: 'divider', block_id: 'same' };
    expect(validateBlocks('message', [divider, divider])).toHaveLength(1);
    expect(
      validateBlocks('message', [divider, { type: 'container', title: plain(), child_blocks: [divider] }]),
    ).toHaveLength(1);
  });

  it('the same action_id twice in a block, but not in two', () => {
    expect(validateBlocks('message', [actions(button('same'), button('same'))])).toHaveLength(1);
    expect(validateBlocks('message', [actions(button('same')), actions(button('same'))])).toEqual([]);
  });

  it('anything that is not a list, and never by throwing', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const messages = validateBlocks('message', value);
        expect(messages.length === 0).toBe(Array.isArray(value) && value.length === 0);
      }),
    );
  });
});

describe('views', () => {
  const modal = { type: 'modal', title: plain('Title'), blocks: [{ type: 'divider' }] };

  it('takes a modal and a Home tab', () => {
    expect(validateView(modal)).toEqual([]);
    expect(validateView({ type: 'home', blocks: [] })).toEqual([]);
  });

  it.each([
    ['a title of 25 characters', { ...modal, title: plain(chars(25)) }, '/view/title/text'],
    ['a submit label of 25 characters', { ...modal, submit: plain(chars(25)) }, '/view/submit/text'],
    [
      'private metadata of 3,001 characters',
      { ...modal, private_metadata: chars(3001) },
      '/view/private_metadata',
    ],
    ['an input without submit', { ...modal, blocks: [known.input.block] }, '/view'],
    ['a modal without title', { type: 'modal', blocks: modal.blocks }, '/view'],
    ['a Home tab with a title', { type: 'home', title: plain(), blocks: [] }, '/view'],
    ['a view of another type', { type: 'page', blocks: [] }, '/view/type'],
    ['blocks that are wrong', { ...modal, blocks: [{ type: 'container' }] }, '/view/blocks/0/type'],
  ])('refuses %s', (_what, view, pointer) => {
    const messages = validateView(view);
    expect(messages).not.toEqual([]);
    expect(messages.every((message) => message.includes(`json-pointer:${pointer}]`))).toBe(true);
  });
});

describe('the whole message', () => {
  it('counts all text of all blocks', () => {
    const blocks = [known.container.block, { type: 'markdown', text: chars(100) }, dataTable(2, 2, 'four')];
    // 'text' as title and in the section, 100, four cells of four, and no caption: it is not a text.
    expect(blockText(blocks)).toBe(4 + 4 + 100 + 16);
  });

  it('counts tables, inside containers too', () => {
    expect(
      countTables([table(1, 1), { type: 'container', title: plain(), child_blocks: [table(1, 1)] }]),
    ).toBe(2);
  });
});
