// The `markdown` block: headings, lists, quotes, code and inline marks of standard Markdown, as nodes.

import { el, link } from './dom.mjs';
import { withEmoji } from './emoji.mjs';

/** @import { Child } from './dom.mjs' */

const inlinePattern =
  /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|(?<!\w)[*_]([^*_\s][^*_]*)[*_](?!\w)|~~([^~]+)~~|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** @param {string} text @returns {Child[]} */
const inline = (text) => {
  /** @type {Child[]} */
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(inlinePattern)) {
    nodes.push(withEmoji(text.slice(end, match.index)));
    end = match.index + match[0].length;
    const [, code, bold, bold2, italic, strike, label, address] = match;
    if (code !== undefined) nodes.push(el('code', {}, code));
    else if (label !== undefined) nodes.push(link(address, inline(label)));
    else if (italic !== undefined) nodes.push(el('em', {}, inline(italic)));
    else if (strike !== undefined) nodes.push(el('s', {}, inline(strike)));
    else nodes.push(el('strong', {}, inline(bold ?? bold2 ?? '')));
  }
  nodes.push(withEmoji(text.slice(end)));
  return nodes;
};

const kinds = /** @type {const} */ ([
  ['heading', /^(#{1,6})\s+(.*)$/],
  ['bullet', /^\s*[-*+]\s+(.*)$/],
  ['number', /^\s*\d+[.)]\s+(.*)$/],
  ['quote', /^>\s?(.*)$/],
]);

/** @param {string} line */
const kindOf = (line) => {
  for (const [kind, pattern] of kinds) {
    const match = line.match(pattern);
    if (match) return { kind, text: match.at(-1) ?? '', level: match[1]?.length ?? 1 };
  }
  return { kind: /** @type {const} */ ('text'), text: line, level: 0 };
};

/** @param {string} text @returns {Child[]} */
const lines = (text) => {
  /** @type {{ kind: string, items: string[], level: number }[]} */
  const runs = [];
  for (const line of text.split('\n')) {
    const { kind, text: said, level } = kindOf(line);
    const last = runs.at(-1);
    if (last && last.kind === kind && kind !== 'heading' && said !== '') last.items.push(said);
    else if (said !== '') runs.push({ kind, items: [said], level });
    else runs.push({ kind: 'gap', items: [], level: 0 });
  }
  return runs.map(({ kind, items, level }) => {
    const broken = () => items.flatMap((item, index) => [index > 0 ? el('br') : null, ...inline(item)]);
    switch (kind) {
      case 'heading':
        return el(level <= 2 ? 'h3' : 'h4', {}, inline(items[0] ?? ''));
      case 'bullet':
        return el(
          'ul',
          {},
          items.map((item) => el('li', {}, inline(item))),
        );
      case 'number':
        return el(
          'ol',
          {},
          items.map((item) => el('li', {}, inline(item))),
        );
      case 'quote':
        return el('blockquote', {}, broken());
      case 'gap':
        return null;
      default:
        return el('p', {}, broken());
    }
  });
};

/** @param {string} text @returns {Child[]} */
export const markdown = (text) =>
  text
    .split(/```[^\n]*\n([\s\S]*?)\n?```/)
    .flatMap((part, index) => (index % 2 === 1 ? [el('pre', {}, part)] : lines(part)));
