// Slack's mrkdwn as nodes: https://docs.slack.dev/messaging/formatting-message-text

import { slackDate } from './dates.mjs';
import { el, link, safeLink } from './dom.mjs';
import { emoji, withEmoji } from './emoji.mjs';

/** @import { Lookup } from './types.d.mts' */
/** @import { Child } from './dom.mjs' */

/** @param {string} text */
const unescape = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** @param {string} text */
export const mention = (text) => el('span', { class: 'mention' }, text);

/** Renders the text between angle brackets: a person, a channel, a group, a date, a link. @param {string} inner @param {Lookup} lookup @returns {Child} */
const reference = (inner, lookup) => {
  const [target = '', label = ''] = inner.split(/\|(.*)/s);
  const id = target.slice(1);
  if (target.startsWith('@')) return mention(`@${lookup.personName(id)}`);
  if (target.startsWith('#')) return mention(`#${lookup.channelName(id)}`);
  if (target.startsWith('!subteam^')) return mention(`@${lookup.groupName(target.slice(9))}`);
  if (target.startsWith('!date^')) {
    const [, seconds, template = '', address] = target.split('^');
    const said = slackDate(unescape(template), Number(seconds), unescape(label), lookup.tz);
    return address ? link(unescape(address), said) : el('time', {}, said);
  }
  if (target.startsWith('!')) return mention(`@${id}`);
  const address = unescape(target);
  return safeLink(address) ? link(address, unescape(label) || address) : `<${unescape(inner)}>`;
};

// A mark formats only where it stands at the edge of a word and is closed on its line.
const inlinePattern =
  /<([^<>\n]+)>|`([^`\n]+)`|(?<![\p{L}\p{N}])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])_([^\s_](?:[^_\n]*[^\s_])?)_(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])~([^\s~](?:[^~\n]*[^\s~])?)~(?![\p{L}\p{N}])|:([a-z0-9_+-]+):/gu;

/** @param {string} text @param {Lookup} lookup @returns {Child[]} */
const inline = (text, lookup) => {
  /** @type {Child[]} */
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(inlinePattern)) {
    if (match.index > end) nodes.push(unescape(text.slice(end, match.index)));
    end = match.index + match[0].length;
    const [, ref, code, bold, italic, strike, name] = match;
    if (ref !== undefined) nodes.push(reference(ref, lookup));
    else if (code !== undefined) nodes.push(el('code', {}, unescape(code)));
    else if (bold !== undefined) nodes.push(el('strong', {}, inline(bold, lookup)));
    else if (italic !== undefined) nodes.push(el('em', {}, inline(italic, lookup)));
    else if (strike !== undefined) nodes.push(el('s', {}, inline(strike, lookup)));
    else nodes.push(emoji(name ?? ''));
  }
  nodes.push(unescape(text.slice(end)));
  return nodes;
};

/** Lines, with quoted ones drawn together. @param {string} text @param {Lookup} lookup @returns {Child[]} */
const paragraphs = (text, lookup) => {
  /** @type {{ quoted: boolean, lines: string[] }[]} */
  const runs = [];
  for (const line of text.split('\n')) {
    const quoted = /^(?:&gt;|>) ?/.test(line);
    const said = quoted ? line.replace(/^(?:&gt;|>) ?/, '') : line;
    const last = runs.at(-1);
    if (last && last.quoted === quoted) last.lines.push(said);
    else runs.push({ quoted, lines: [said] });
  }
  return runs.map(({ quoted, lines }) => {
    const nodes = lines.flatMap((line, index) => [index > 0 ? el('br') : null, ...inline(line, lookup)]);
    return quoted ? el('blockquote', {}, nodes) : nodes;
  });
};

/** A code block, with a button where it can be run. @param {string} code @param {string} before @param {Lookup} lookup @returns {Child} */
const codeBlock = (code, before, lookup) => {
  const block = el('pre', {}, code);
  const runs = lookup.runs?.(code, before);
  if (!runs) return block;
  const button = el(
    'button',
    {
      type: 'button',
      class: 'run',
      onclick: async () => {
        button.disabled = true;
        await runs.run();
        button.disabled = false;
      },
    },
    `Run on ${runs.cluster} (recording)`,
  );
  return el('div', { class: 'runnable' }, block, button);
};

/** @param {string} text @param {Lookup} lookup @returns {Child[]} */
export const mrkdwn = (text, lookup) =>
  text.split(/```\n?([\s\S]*?)\n?```\n?/).flatMap((part, index, parts) => {
    if (index % 2 === 1) return [codeBlock(unescape(part), parts[index - 1] ?? '', lookup)];
    return part === '' ? [] : paragraphs(part.replace(/\n$/, ''), lookup);
  });

/** A text object. @param {{ type: string, text: string }} object @param {Lookup} lookup @returns {Child[]} */
export const textObject = (object, lookup) =>
  object.type === 'mrkdwn' ? mrkdwn(object.text, lookup) : [withEmoji(object.text)];
