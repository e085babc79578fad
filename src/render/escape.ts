import { grouped } from './words';

/**
 * Makes text from outside safe to show. Service names, token descriptions and error bodies may contain anything:
 * markup, mentions, newlines, terminal escapes, invisible characters, ten thousand characters.
 *
 * Three rules apply everywhere. Invisible characters are made visible instead of dropped, so that two names that differ
 * look different. Text that is too long is cut in the middle, with a count of what is missing. Markup is escaped if the
 * target has an escape for it, and otherwise shown as a look-alike.
 */

/** Control, format, surrogate, unassigned and default-ignorable characters, odd spaces, and the blank braille cell. */
const invisible =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

const picture = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
};

/**
 * Makes all hidden characters visible on one line: newlines become `␊`, an escape `␛`, a right-to-left override
 * `⟨U+202E⟩`. Stacks of more than three combining marks, which would cover the lines around them, are cut.
 */
export const showInvisible = (text: string): string =>
  // A fast path for nearly all texts; a report may have a hundred thousand of them.
  /^[\x20-\x7e]*$/.test(text) ? text : text.replace(invisible, picture).replace(/(\p{M}{3})\p{M}+/gu, '$1…');

/** Cuts to at most `max` UTF-16 units, in the middle, never inside a surrogate pair: `abc…⟨9,950 more⟩…xyz`. */
export const clip = (text: string, max: number): string => {
  if (text.length <= max) return text;
  const room = max - `…⟨${grouped(text.length)} more⟩…`.length;
  if (room < 6) return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  const head = text.slice(0, Math.ceil((room * 2) / 3)).replace(/[\ud800-\udbff]$/, '');
  const tail = text.slice(text.length - Math.floor(room / 3)).replace(/^[\udc00-\udfff]/, '');
  return `${head}…⟨${grouped(text.length - head.length - tail.length)} more⟩…${tail}`;
};

/** Escapes the three control characters of Slack's mrkdwn. */
const entities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * Prevents emoji such as a green tick, which `:name:` would become. Short hexadecimal parts stay, since people copy
 * times and IPv6 addresses.
 */
const withoutEmoji = (text: string): string =>
  text.replace(/:([\p{L}\p{N}\p{M}_+'-]+)(?=:)/gu, (whole, name: string) =>
    /^[0-9a-f]{1,4}$/i.test(name) ? whole : `꞉${name}`,
  );

/**
 * Replaces Slack's formatting characters, which have no escape, by look-alikes. An underscore between letters or digits
 * formats nothing and stays, since people copy names such as `destination_peer`.
 */
const withoutFormatting = (text: string): string =>
  withoutEmoji(text)
    .replaceAll('*', '∗')
    .replaceAll('~', '∼')
    .replaceAll('`', 'ˋ')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, 'ˍ')
    .replace(/(?<![\p{L}\p{N}])@(?=\p{L})/gu, '＠');

/** Escapes text for a mrkdwn object. Returns at most five times `max` characters. */
export const prose = (text: string, max: number): string =>
  entities(withoutFormatting(clip(showInvisible(text), max)));

const span = (text: string): string =>
  `\`${entities(text.replaceAll('`', 'ˋ').replace(/^ +| +$/g, (spaces) => '␠'.repeat(spaces.length))) || '(empty)'}\``;

/** Formats a name or value as a code span, in which Slack reads no markup. */
export const code = (text: string, max: number): string => span(clip(showInvisible(text), max));

/**
 * Escapes a sentence, and formats what it quotes ("none" or `none`) as code spans. Quotes must stand between spaces or
 * punctuation: elsewhere Slack shows backticks as text.
 */
export const sentence = (text: string, max: number): string => {
  const quoted = /(?<=^|[\s([])(?:"([^"]+)"|`([^`]+)`)(?=$|[\s.,;:?)\]])/g;
  const shown = clip(showInvisible(text), max);
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

/** Starts a sentence with a capital letter. */
export const capitalized = (text: string): string => text.replace(/^[a-z]/, (first) => first.toUpperCase());

/** Limits the output of an escape to `max` characters: text full of `&` is cut shorter than other text. */
export const fitting =
  (escape: typeof prose) =>
  (text: string, max: number): string => {
    const shown = escape(text, max);
    return shown.length <= max ? shown : escape(text, Math.floor(max / 5));
  };

/**
 * Escapes text for a plain_text object. Slack's documentation does not say whether `&lt;` is decoded there, so the three
 * characters become look-alikes, which read the same either way.
 */
export const plain = (text: string, max: number): string =>
  clip(
    withoutEmoji(showInvisible(text)).replaceAll('&', '＆').replaceAll('<', '‹').replaceAll('>', '›'),
    max,
  );

/** True if a snippet can be shown exactly: it has no hidden characters but line breaks and tabs. */
export const showable = (snippet: string): boolean =>
  snippet.replace(/[\n\t]/g, ' ').match(invisible) === null;

/**
 * Formats a snippet as a preformatted mrkdwn block of at most `max` characters. Undefined if Slack would not show it
 * exactly: a snippet that was altered or cut must not look as if it could be pasted.
 */
export const codeBlock = (snippet: string, max: number): string | undefined => {
  if (!showable(snippet) || snippet.includes('```')) return undefined;
  const block = `\`\`\`\n${entities(snippet.replace(/\n+$/, ''))}\n\`\`\``;
  return block.length <= max ? block : undefined;
};

/** Links to a documentation page; anything but a plain https address is shown as text instead. */
export const link = (url: string, label: string): string =>
  url.length <= 500 && /^https:\/\/[\w.-]+(?:[/?#][\w.~%/?#=:@+,;-]*)?$/.test(url)
    ? `<${url}|${prose(label, 100)}>`
    : code(url, 200);
