import { SyntaxProblem } from './syntax';

/** Decodes quoted text. HCL leaves `${…}` unchanged, with the escapes in it; JSON has no interpolation. */

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

/** Returns the UTF-8 bytes of a code point. An invalid one becomes U+FFFD, as in Go. */
const encode = (rune: number): Uint8Array =>
  new TextEncoder().encode(String.fromCodePoint(rune < 0 || isSurrogate(rune) ? 0xfffd : rune));

/** Decodes into bytes, because `\x…` and octal escapes stand for bytes. */
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
        throw new SyntaxProblem(`${whole} is not a character`, at);
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

/** Returns the offset after the brace that closes an interpolation, or the end of the text. */
const closingBrace = (body: string, from: number): number => {
  let open = 1;
  let index = from;
  for (; index < body.length && open > 0; index += 1) {
    if (body[index] === '{') open += 1;
    if (body[index] === '}') open -= 1;
  }
  return index;
};

/** Returns the text of a literal, which is given with its quotes. */
export const unquote = (raw: string, at: number, json: boolean): string => {
  const body = raw.slice(1, -1);
  return body.includes('\\') ? decodeEscapes(body, at, json) : body;
};

/** Returns the length of the escape sequence at an offset, or 0 if scanners accept none there. */
export const escapeLength = (text: string, at: number): number => {
  escape.lastIndex = at;
  return escape.exec(text)?.[0].length ?? 0;
};
