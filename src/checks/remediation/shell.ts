import type { Remediation } from '../../report/report';
import { unprintable, wellFormed } from './text';

/** Writes POSIX shell text that can be pasted into an interactive shell. */

const bare = /^[A-Za-z0-9_/.-][A-Za-z0-9_/.:=@,+-]*$/u;

const octal = (char: string): string =>
  Array.from(new TextEncoder().encode(char), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Writes a `printf` format: nothing in it quotes, formats, recalls history (`!`) or looks like an option. */
const format = (text: string): string =>
  Array.from(text, (char, at) => {
    const special = /['%\\!]/u.test(char) || (at === 0 && char === '-');
    return special || unprintable.test(char) ? octal(char) : char;
  }).join('');

/**
 * Writes one argument on one line, quoted where needed. Text with characters that a terminal acts on or that readers would
 * miss is made by one `printf` when the command runs (thousands of substitutions in a word crash dash). Undefined for text
 * with U+0000, which an argument cannot hold, and for text that ends in a newline, which the substitution drops.
 */
export const shellWord = (text: string): string | undefined => {
  if (text.includes('\0')) return undefined;
  if (bare.test(text)) return text;
  const word = wellFormed(text);
  if (!unprintable.test(word)) return quoted(word);
  return word.endsWith('\n') ? undefined : `"$(printf '${format(word)}')"`;
};

const delimiters = ['EOF', 'HERE', 'TEXT', 'STOP'];

/** dash 0.5.12 loses a byte of a line that begins like the delimiter and goes on with a character outside ASCII (measured). */
const isCorrupted = (line: string, delimiter: string): boolean => {
  let same = 0;
  while (same < delimiter.length && line[same] === delimiter[same]) same += 1;
  return same > 0 && (line.codePointAt(same) ?? 0) > 0x7f;
};

const findDelimiter = (content: string): string | undefined => {
  const lines = new Set(content.split('\n'));
  for (const word of delimiters) {
    let delimiter = word;
    for (let n = 1; lines.has(delimiter); n++) delimiter = `${word}${n}`;
    if (![...lines].some((line) => isCorrupted(line, delimiter))) return delimiter;
  }
  return undefined;
};

const heredoc = (line: string, content: string, delimiter: string): string =>
  `${line} <<'${delimiter}'\n${content}${content.endsWith('\n') ? '' : '\n'}${delimiter}\n`;

/**
 * Writes a command line, with a newline at its end. Standard input goes into a heredoc whose quoted delimiter is no line
 * of it, so it always ends in a newline; input that cannot be pasted goes through `printf` as it is. Undefined
 * where an argument cannot be written, or such an input holds U+0000.
 */
export const command = (argv: readonly string[], stdin?: string): string | undefined => {
  const words = argv.map(shellWord);
  if (words.includes(undefined)) return undefined;
  const line = words.join(' ');
  if (stdin === undefined) return `${line}\n`;
  const input = wellFormed(stdin);
  const delimiter = unprintable.test(input.replaceAll('\n', '')) ? undefined : findDelimiter(input);
  if (delimiter !== undefined) return heredoc(line, input, delimiter);
  return input.includes('\0') ? undefined : `printf '${format(input)}' | ${line}\n`;
};

/** Joins commands by pipes, on a line each, with a newline at its end. Undefined where one cannot be written. */
export const pipeline = (commands: readonly (readonly string[])[]): string | undefined => {
  const lines = commands.map((argv) => command(argv));
  if (lines.includes(undefined)) return undefined;
  return `${lines.map((line) => line?.trimEnd()).join(' |\n  ')}\n`;
};

/** Returns a remediation of shell text; none if a part of it could not be written. */
export const shellRemediation = (
  title: string,
  ...parts: readonly (string | undefined)[]
): readonly Remediation[] =>
  parts.includes(undefined) ? [] : [{ title, language: 'shell', code: parts.join('') }];
