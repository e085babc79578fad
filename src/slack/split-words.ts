/**
 * Splits the text after `/peering` into words as people type them: with straight and curly quotes, unusual spaces,
 * invisible marks, and with addresses and names as Slack rewrites them.
 */
export const splitWords = (text: string): readonly string[] => {
  const words: string[] = [];
  let rest = unlink(text.slice(0, maxText)).replace(invisible, '').trimStart();
  while (rest !== '' && words.length < maxWords) {
    const match = quoted.exec(rest) ?? plain.exec(rest);
    if (match === null) break;
    words.push(decode(match[1] ?? match[2] ?? match[0]));
    rest = rest.slice(match[0].length).trimStart();
  }
  return words;
};

/** Maximum characters to read. Slack sends at most 4,000. */
const maxText = 8000;
const maxWords = 100;

const open = '"\u201c\u201d\u201e\u201f\u00ab\u00bb';
/** A double quote of any kind up to the next one; any white space, also of Unicode, ends a plain word. */
const quoted = new RegExp(
  `^[${open}]([^${open}]*)[${open}](?=\\s|$)|^['\u2018\u2019]([^'\u2018\u2019]*)['\u2018\u2019](?=\\s|$)`,
);
const plain = /^\S+/;

/** Direction marks, joiners at word ends, byte order marks: pasted by accident. */
const invisible = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u061c]/g;

/** `<http://prod.example|prod.example>` was typed as `prod.example`; `<@U1|ann>` stays a mention, `<@U1>`. */
const unlink = (text: string): string =>
  text
    .replace(/<([@#!][^|>\s]*)\|[^>]*>/g, '<$1>')
    .replace(/<(?:https?:\/\/|mailto:)[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<((?:https?:\/\/|mailto:)[^|>]*)>/g, '$1');

const decode = (word: string): string =>
  word.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
