import { grouped } from './words';

/**
 * Text from outside, made fit to be shown. Service names, token descriptions and error bodies may hold anything:
 * markup, mentions, newlines, terminal escapes, invisible characters, ten thousand characters.
 *
 * Three rules hold everywhere. What cannot be seen is made visible rather than dropped, so that two names that
 * differ look different. What is too long is cut in the middle, saying by how much. What a place would read as
 * markup is escaped where it has an escape, and shown as a look-alike where it has none.
 */

/** Control, format, surrogate, unassigned and default-ignorable characters, odd spaces, and the blank braille cell. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

const picture = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
};

/**
 * One line of text in which nothing is hidden: newlines become `␊`, an escape `␛`, a right-to-left override
 * `⟨U+202E⟩`. Stacks of more than three combining marks, which would cover the lines around them, are cut.
 */
export const visible = (text: string): string =>
  // Nearly all text is of this kind, and a report may hold a hundred thousand of them.
  /^[\x20-\x7e]*$/.test(text) ? text : text.replace(unseen, picture).replace(/(\p{M}{3})\p{M}+/gu, '$1…');

/** Cuts to at most `max` UTF-16 units, in the middle, never inside a surrogate pair: `abc…⟨9,950 more⟩…xyz`. */
export const clip = (text: string, max: number): string => {
  if (text.length <= max) return text;
  const room = max - `…⟨${grouped(text.length)} more⟩…`.length;
  if (room < 6) return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  const head = text.slice(0, Math.ceil((room * 2) / 3)).replace(/[\ud800-\udbff]$/, '');
  const tail = text.slice(text.length - Math.floor(room / 3)).replace(/^[\udc00-\udfff]/, '');
  return `${head}…⟨${grouped(text.length - head.length - tail.length)} more⟩…${tail}`;
};

/** The three characters that Slack reads as control characters in mrkdwn. */
const entities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * `:name:` would become an emoji, a green tick for instance. Short hexadecimal parts stay, since times and IPv6
 * addresses are to be copied.
 */
const withoutEmoji = (text: string): string =>
  text.replace(/:([\p{L}\p{N}\p{M}_+'-]+)(?=:)/gu, (whole, name: string) =>
    /^[0-9a-f]{1,4}$/i.test(name) ? whole : `꞉${name}`,
  );

/**
 * Slack's formatting characters have no escape, so they are shown as look-alikes. An underscore between letters
 * or digits formats nothing and stays, since `destination_peer` is to be read and copied.
 */
const withoutFormatting = (text: string): string =>
  withoutEmoji(text)
    .replaceAll('*', '∗')
    .replaceAll('~', '∼')
    .replaceAll('`', 'ˋ')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, 'ˍ')
    .replace(/(?<![\p{L}\p{N}])@(?=\p{L})/gu, '＠');

/** Text for a mrkdwn object, shown as it is. At most five times `max` characters come out. */
export const prose = (text: string, max: number): string =>
  entities(withoutFormatting(clip(visible(text), max)));

const span = (text: string): string =>
  `\`${entities(text.replaceAll('`', 'ˋ').replace(/^ +| +$/g, (spaces) => '␠'.repeat(spaces.length))) || '(empty)'}\``;

/** A name or value as a code span: nothing inside it is read as markup. */
export const code = (text: string, max: number): string => span(clip(visible(text), max));

/**
 * A sentence of a finding: what it quotes ("none" or `none`) becomes a code span, the rest is prose. A quote
 * counts only between spaces or punctuation, where Slack takes the backticks for code and not for text.
 */
export const sentence = (text: string, max: number): string => {
  const quoted = /(?<=^|[\s([])(?:"([^"]+)"|`([^`]+)`)(?=$|[\s.,;:?)\]])/g;
  const shown = clip(visible(text), max);
  const parts: string[] = [];
  let from = 0;
  for (const match of shown.matchAll(quoted)) {
    parts.push(entities(withoutFormatting(shown.slice(from, match.index))));
    parts.push(span(match[1] ?? match[2] ?? ''));
    from = match.index + match[0].length;
  }
  parts.push(entities(withoutFormatting(shown.slice(from))));
  return parts.join('');
};

/** The same escape, so that at most `max` characters come out: text full of `&` is cut shorter than other text. */
export const fitting =
  (escape: typeof prose) =>
  (text: string, max: number): string => {
    const shown = escape(text, max);
    return shown.length <= max ? shown : escape(text, Math.floor(max / 5));
  };

/**
 * Text for a plain_text object. Slack's documentation does not say whether `&lt;` is decoded there, so the three
 * characters are look-alikes: the text reads the same either way.
 */
export const plain = (text: string, max: number): string =>
  clip(withoutEmoji(visible(text)).replaceAll('&', '＆').replaceAll('<', '‹').replaceAll('>', '›'), max);

/** True where a snippet can be shown exactly as it is: line breaks and tabs, and nothing else that is hidden. */
export const showable = (snippet: string): boolean => snippet.replace(/[\n\t]/g, ' ').match(unseen) === null;

/**
 * A snippet as a preformatted mrkdwn block of at most `max` characters, or nothing where it would not come out
 * letter for letter: a snippet that was altered or cut must not look as if it could be pasted.
 */
export const codeBlock = (snippet: string, max: number): string | undefined => {
  if (!showable(snippet) || snippet.includes('```')) return undefined;
  const block = `\`\`\`\n${entities(snippet.replace(/\n+$/, ''))}\n\`\`\``;
  return block.length <= max ? block : undefined;
};

/** A link to a page of ours or of the specification; anything but a plain https address is shown, not linked. */
export const link = (url: string, label: string): string =>
  url.length <= 500 && /^https:\/\/[\w.-]+(?:[/?#][\w.~%/?#=:@+,;-]*)?$/.test(url)
    ? `<${url}|${prose(label, 100)}>`
    : code(url, 200);
