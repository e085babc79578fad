import { escapeLength } from './unquote';
import { type Literal, SyntaxProblem } from './syntax';

/** Words of HCL 1. `end` is the end of the text; a mark is one of `{ } [ ] , = . + -`. */
export interface Token {
  readonly type: 'end' | 'identifier' | 'mark' | Exclude<Literal['kind'], 'null'>;
  readonly text: string;
  readonly at: number;
}

const blank = /[ \t\n\r]+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\//y;
const identifier = /[\p{L}_][\p{L}\p{Nd}_.-]*/uy;
const number = /-?(?:0[xX][0-9a-fA-F]+|[0-9]+)/y;
const float = /-?[0-9]+(?:\.[0-9]*(?:[eE][+-]?[0-9]*)?|[eE][+-]?[0-9]*)|\.[0-9]+(?:[eE][+-]?[0-9]*)?/y;
const heredoc = /<<(-?[\p{L}\p{Nd}_]+)\r?\n/uy;
const marks = '{}[],=.+-';

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(text);
};

/** Returns the offset of the next word, after blanks and comments of all forms. */
const skipBlank = (text: string, from: number): number => {
  let at = from;
  for (let match = matchAt(blank, text, at); match; match = matchAt(blank, text, at)) at += match[0].length;
  return at;
};

/** The offset after the closing quote. Quotes and line ends inside `${…}` are text. */
const endOfString = (text: string, from: number): number => {
  let braces = 0;
  for (let index = from + 1; index < text.length; index += 1) {
    const char = text[index];
    if (char === '"' && braces === 0) return index + 1;
    if (char === '\n' && braces === 0) break;
    if (char === '$' && braces === 0 && text[index + 1] === '{') {
      braces = 1;
      index += 1;
    } else if (char === '{' && braces > 0) {
      braces += 1;
    } else if (char === '}' && braces > 0) {
      braces -= 1;
    } else if (char === '\\') {
      const length = escapeLength(text, index);
      if (length === 0) throw new SyntaxProblem('unknown escape in quoted text', index);
      index += length - 1;
    }
  }
  throw new SyntaxProblem('quoted text is not closed', from);
};

/** The offset after the line that ends a heredoc: its anchor, perhaps indented, alone on a line. */
const endOfHeredoc = (text: string, at: number, start: number, anchor: string): number => {
  const word = anchor.replace(/^-/, '');
  for (let line = start; ; ) {
    const end = text.indexOf('\n', line);
    if (end < 0) throw new SyntaxProblem(`heredoc ${anchor} is not closed on a line of its own`, at);
    const content = text.slice(line, end);
    // Consul counts the dash of `<<-EOF`: there, an anchor without indentation closes nothing.
    if (
      content.length >= anchor.length &&
      content.replace(/^[ \t\v\f\r]*/, '').replace(/\r*$/, '') === word
    ) {
      return end + 1;
    }
    line = end + 1;
  }
};

/** Reads the next word of `text` from the offset `from` on. Line ends must be `\n` already. */
export const scanHcl = (text: string, from: number): Token => {
  const at = skipBlank(text, from);
  const token = (type: Token['type'], end: number): Token => ({ type, text: text.slice(at, end), at });
  const char = text[at];
  if (char === undefined) return token('end', at);
  if (char === '"') return token('string', endOfString(text, at));
  const word = matchAt(identifier, text, at)?.[0];
  if (word !== undefined) {
    return token(word === 'true' || word === 'false' ? 'bool' : 'identifier', at + word.length);
  }
  const fraction = matchAt(float, text, at)?.[0];
  if (fraction !== undefined) return token('float', at + fraction.length);
  const digits = matchAt(number, text, at)?.[0];
  if (digits !== undefined) {
    if (/^-?0[0-9]*[89]/.test(digits)) throw new SyntaxProblem(`${digits} is not an octal number`, at);
    return token('number', at + digits.length);
  }
  if (marks.includes(char)) return token('mark', at + 1);
  if (char === '<') {
    const opening = matchAt(heredoc, text, at);
    if (!opening) throw new SyntaxProblem('a heredoc starts with << and its anchor, alone on the line', at);
    return token('heredoc', endOfHeredoc(text, at, at + opening[0].length, String(opening[1])));
  }
  if (text.startsWith('/*', at)) throw new SyntaxProblem('comment is not closed', at);
  throw new SyntaxProblem(
    `${JSON.stringify(String.fromCodePoint(Number(text.codePointAt(at))))} is not expected here`,
    at,
  );
};

/** Returns the text of a heredoc. It matters only if that is empty: a level in a heredoc would end with a line end. */
export const heredocText = (raw: string): string => {
  const lines = raw.split('\n').slice(1, -1);
  const last = lines.pop() ?? '';
  const indent = raw.startsWith('<<-') ? '' : (/^[ \t\v\f\r]*/.exec(last)?.[0] ?? '');
  return lines.map((line) => `${line}\n`).join('') + indent;
};
