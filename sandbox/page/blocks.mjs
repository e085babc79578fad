// Block Kit's layout blocks as nodes: https://docs.slack.dev/reference/block-kit/blocks

import { el, link } from './dom.mjs';
import { control } from './elements.mjs';
import { markdown } from './markdown.mjs';
import { textObject } from './mrkdwn.mjs';
import { richText } from './rich-text.mjs';
import { dataTable, table } from './tables.mjs';
import { withEmoji } from './emoji.mjs';

/** @import { Block, Anchor } from './types.d.mts' */
/** @import { Child } from './dom.mjs' */

/** Pictures from elsewhere are not loaded: their description and a link stand for them. @param {Block} image */
const picture = (image) =>
  el(
    'figure',
    { class: 'picture' },
    link(image['image_url'], image['alt_text']),
    image['title'] && el('figcaption', {}, image['title'].text),
  );

/** @param {Block} block @param {Anchor} anchor */
const section = (block, anchor) => {
  const accessory = block['accessory'];
  return el(
    'div',
    { class: 'section' },
    el(
      'div',
      { class: 'grow' },
      block['text'] && el('div', { class: 'text' }, textObject(block['text'], anchor.lookup)),
      block['fields'] &&
        el(
          'div',
          { class: 'fields' },
          block['fields'].map((/** @type {Block} */ field) =>
            el('div', { class: 'text' }, textObject(/** @type {any} */ (field), anchor.lookup)),
          ),
        ),
    ),
    accessory &&
      (accessory['type'] === 'image'
        ? picture(accessory)
        : control(accessory, block['block_id'], anchor, true)),
  );
};

/** @param {Block} block @param {Anchor} anchor */
const input = (block, anchor) => {
  const id = `${anchor.at}-${block['block_id']}`;
  return el(
    'div',
    { class: 'input', 'data-block': block['block_id'] },
    el(
      'div',
      { class: 'label', id },
      withEmoji(block['label'].text),
      block['optional'] ? el('span', { class: 'muted' }, ' (optional)') : null,
    ),
    el(
      'div',
      { role: 'group', 'aria-labelledby': id },
      control(block['element'], block['block_id'], anchor, block['dispatch_action'] === true),
    ),
    block['hint'] && el('div', { class: 'hint' }, withEmoji(block['hint'].text)),
    el('div', { class: 'error', role: 'alert' }),
  );
};

/** @param {Block} block @param {Anchor} anchor @param {string} key */
const container = (block, anchor, key) => {
  const title = el(
    'span',
    { class: 'container-title' },
    block['rich_text_title']
      ? richText(block['rich_text_title'], anchor.lookup)
      : withEmoji(block['title'].text),
  );
  const subtitle =
    block['subtitle'] && el('span', { class: 'muted' }, textObject(block['subtitle'], anchor.lookup));
  const children = el('div', { class: 'container-body' }, blocks(block['child_blocks'], anchor, key));
  if (!block['is_collapsible'])
    return el(
      'div',
      { class: 'container' },
      el('div', { class: 'container-head' }, title, subtitle),
      children,
    );
  const open = anchor.open.get(key) ?? block['default_collapsed'] !== true;
  const details = el(
    'details',
    { class: 'container', open },
    el('summary', { class: 'container-head' }, title, subtitle),
    children,
  );
  details.addEventListener('toggle', () => anchor.open.set(key, details.open));
  return details;
};

/** @type {Record<string, string>} */
const taskSigns = { pending: '○', in_progress: '◐', complete: '✓', error: '✗' };

/** @param {Block} task @param {Anchor} anchor */
const taskCard = (task, anchor) =>
  el(
    'div',
    { class: `task ${task['status']}` },
    el(
      'span',
      { class: 'sign', 'aria-label': String(task['status']).replace('_', ' ') },
      taskSigns[task['status']] ?? '○',
    ),
    el(
      'div',
      {},
      el('div', {}, withEmoji(task['title'])),
      task['details'] && el('div', { class: 'text' }, richText(task['details'], anchor.lookup)),
      task['output'] && el('div', { class: 'text' }, richText(task['output'], anchor.lookup)),
      task['sources']?.map((/** @type {Block} */ source) =>
        el('div', {}, link(source['url'], source['text'])),
      ),
    ),
  );

/** @param {Block} card @param {Anchor} anchor */
const cardBlock = (card, anchor) =>
  el(
    'div',
    { class: 'card' },
    card['hero_image'] && picture(card['hero_image']),
    card['title'] && el('div', { class: 'container-title' }, textObject(card['title'], anchor.lookup)),
    card['subtitle'] && el('div', { class: 'muted' }, textObject(card['subtitle'], anchor.lookup)),
    card['body'] && el('div', { class: 'text' }, textObject(card['body'], anchor.lookup)),
    card['actions'] &&
      el(
        'div',
        { class: 'row' },
        card['actions'].map((/** @type {Block} */ one) => control(one, card['block_id'] ?? '', anchor, true)),
      ),
  );

/** @param {Block} block @param {Anchor} anchor */
const actions = (block, anchor) =>
  el(
    'div',
    { class: 'row' },
    block['elements'].map((/** @type {Block} */ element) =>
      control(element, block['block_id'], anchor, true),
    ),
  );

/** @type {Record<string, (block: Block, anchor: Anchor, key: string) => Child>} */
const renderers = {
  actions,
  alert: (block, anchor) =>
    el(
      'div',
      { class: `alert ${block['level'] ?? 'default'}`, role: 'note' },
      textObject(block['text'], anchor.lookup),
    ),
  card: cardBlock,
  carousel: (block, anchor) =>
    el(
      'div',
      { class: 'carousel' },
      block['elements'].map((/** @type {Block} */ card) => cardBlock(card, anchor)),
    ),
  container,
  context: (block, anchor) =>
    el(
      'div',
      { class: 'context' },
      block['elements'].map((/** @type {Block} */ part) =>
        part['type'] === 'image'
          ? picture(part)
          : el('span', {}, textObject(/** @type {any} */ (part), anchor.lookup)),
      ),
    ),
  context_actions: actions,
  data_table: (block, anchor) => dataTable(block, anchor.lookup),
  divider: () => el('hr'),
  header: (block) => el('h3', { class: 'block-header' }, withEmoji(block['text'].text)),
  image: (block) => picture(block),
  input,
  markdown: (block) => el('div', { class: 'text' }, markdown(block['text'])),
  plan: (block, anchor) =>
    el(
      'div',
      { class: 'plan' },
      el('div', { class: 'container-title' }, block['title']),
      (block['tasks'] ?? []).map((/** @type {Block} */ task) => taskCard(task, anchor)),
    ),
  rich_text: (block, anchor) => el('div', { class: 'text' }, richText(block, anchor.lookup)),
  section,
  table: (block, anchor) => table(block, anchor.lookup),
  task_card: taskCard,
  video: (block) => link(block['title_url'] ?? block['video_url'], block['title'].text),
};

/** @param {Block[]} list @param {Anchor} anchor @param {string} [key] Where in the message, to keep what was opened. @returns {Child[]} */
export const blocks = (list, anchor, key = anchor.at) =>
  list.map((block, index) => {
    const type = String(block['type']);
    const render = Object.hasOwn(renderers, type) ? renderers[type] : undefined;
    return render ? render(block, anchor, `${key}/${index}`) : el('div', { class: 'muted' }, `[${type}]`);
  });
