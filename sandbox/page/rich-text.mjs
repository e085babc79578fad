// Rich text as nodes: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { slackDate } from './dates.mjs';
import { el, link } from './dom.mjs';
import { emoji } from './emoji.mjs';
import { mention } from './mrkdwn.mjs';

/** @import { Block, Lookup } from './types.d.mts' */
/** @import { Child } from './dom.mjs' */

/** @param {Child} node @param {Block} [style] @returns {Child} */
const styled = (node, style = {}) => {
  const tags = /** @type {const} */ ([
    ['code', 'code'],
    ['strike', 's'],
    ['underline', 'u'],
    ['italic', 'em'],
    ['bold', 'strong'],
  ]);
  return tags.reduce(
    (/** @type {Child} */ inner, [name, tag]) => (style[name] ? el(tag, {}, inner) : inner),
    node,
  );
};

/** @param {Block} run @param {Lookup} lookup @returns {Child} */
const plainRun = (run, lookup) => {
  switch (run['type']) {
    case 'user':
      return mention(`@${lookup.personName(run['user_id'])}`);
    case 'usergroup':
      return mention(`@${lookup.groupName(run['usergroup_id'])}`);
    case 'channel':
      return mention(`#${lookup.channelName(run['channel_id'])}`);
    case 'broadcast':
      return mention(`@${run['range']}`);
    case 'emoji':
      return emoji(run['name']);
    case 'link':
      return link(run['url'], run['text'] ?? run['url']);
    case 'date':
      return el('time', {}, slackDate(run['format'], run['timestamp'], run['fallback'] ?? '', lookup.tz));
    case 'color':
      return el('code', {}, run['value']);
    default:
      return run['text'] ?? '';
  }
};

/** @param {Block[]} runs @param {Lookup} lookup @returns {Child[]} */
const all = (runs, lookup) => runs.map((run) => styled(plainRun(run, lookup), run['style']));

/** @param {Block} block @param {Lookup} lookup @returns {Child[]} */
export const richText = (block, lookup) =>
  block['elements'].map((/** @type {Block} */ part) => {
    switch (part['type']) {
      case 'rich_text_list': {
        const items = part['elements'].map((/** @type {Block} */ item) =>
          el('li', {}, all(item['elements'], lookup)),
        );
        return el(
          part['style'] === 'ordered' ? 'ol' : 'ul',
          { class: `indent-${part['indent'] ?? 0}` },
          items,
        );
      }
      case 'rich_text_quote':
        return el('blockquote', {}, all(part['elements'], lookup));
      case 'rich_text_preformatted':
        return el('pre', {}, all(part['elements'], lookup));
      default:
        return el('div', { class: 'rich' }, all(part['elements'], lookup));
    }
  });
