import { SyntaxProblem } from './syntax';

/** What quoted text means. HCL leaves `${…}` alone, escapes in it included; JSON knows no such thing. */

const escape = /\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;

const simple: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  '"': 34,
};

const isSurrogate = (rune: number): boolean => rune >= 0xd800 && rune <= 0xdfff;

/** The bytes of a code point in UTF-8; what is none becomes U+FFFD, as in Go. */
const encode = (rune: number): Uint8Array =>
  new TextEncoder().encode(String.fromCodePoint(rune < 0 || isSurrogate(rune) ? 0xfffd : rune));

/** `\x…` and octal escapes give bytes, so text with escapes is put together from bytes. */
const decodeEscapes = (body: string, at: number, json: boolean): string => {
  const bytes: number[] = [];
  let index = 0;
  while (index < body.length) {
    escape.lastIndex = index;
    const match = body[index] === '\\' ? escape.exec(body) : null;
    if (!json && body.startsWith('${', index)) {
      const end = closingBrace(body, index + 2);
      bytes.push(...new TextEncoder().encode(body.slice(index, end)));
      index = end;
    } else if (match) {
      const [whole, letter, octal, hex, short, long] = match;
      const byte = letter
        ? simple[letter]
        : octal
          ? Number.parseInt(octal, 8)
          : Number.parseInt(hex ?? '', 16);
      const rune = Number.parseInt(short ?? long ?? '', 16) | 0;
      const wide = short !== undefined || long !== undefined;
      if (wide ? rune > 0x10ffff || (json && (rune < 0 || isSurrogate(rune))) : Number(byte) > 255) {
        throw new SyntaxProblem(`${whole} is no character`, at);
      }
      if (wide) bytes.push(...encode(rune));
      else bytes.push(Number(byte));
      index += whole.length;
    } else {
      const rune = Number(body.codePointAt(index));
      bytes.push(...encode(rune));
      index += rune > 0xffff ? 2 : 1;
    }
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
};

/** The offset after the brace that closes an interpolation; the end of the text where none does. */
const closingBrace = (body: string, from: number): number => {
  let open = 1;
  let index = from;
  for (; index < body.length && open > 0; index += 1) {
    if (body[index] === '{') open += 1;
    if (body[index] === '}') open -= 1;
  }
  return index;
};

/** The text that a quoted literal, quotes included, stands for. */
export const unquote = (raw: string, at: number, json: boolean): string => {
  const body = raw.slice(1, -1);
  return body.includes('\\') ? decodeEscapes(body, at, json) : body;
};

/** One escape sequence as scanners accept it, from its backslash on: its length, or 0. */
export const escapeLength = (text: string, at: number): number => {
  escape.lastIndex = at;
  return escape.exec(text)?.[0].length ?? 0;
};
