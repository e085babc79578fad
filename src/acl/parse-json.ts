import { unquote } from './unquote';
import { type Item, type Key, type List, type Literal, maxDepth, SyntaxProblem, type Value } from './syntax';

/**
 * Rules as JSON, the way Consul reads them: not `JSON.parse`. Its reader stops at the end of the first object,
 * needs no closing braces, takes HCL's escapes, and then flattens nested objects into blocks with several names.
 */

interface Token {
  readonly type: 'end' | 'mark' | Exclude<Literal['kind'], 'heredoc'>;
  readonly text: string;
  readonly at: number;
}

const blank = /[ \t\n\r]*/y;
const quoted =
  /"(?:[^"\\\n\0]|\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))*"/y;
const word = /[\p{L}_][\p{L}\p{Nd}_-]*/uy;
const float = /-?[0-9]+(?:\.[0-9]*(?:[eE][+-]?[0-9]*)?|[eE][+-]?[0-9]*)|\.[0-9]+(?:[eE][+-]?[0-9]*)?/y;
const number = /-?[0-9]+/y;

const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
};

const scan = (text: string, from: number): Token => {
  const at = from + (matchAt(blank, text, from)?.length ?? 0);
  const char = text[at];
  if (char === undefined || char === '\0') return { type: 'end', text: '', at };
  if ('{}[],:.'.includes(char)) return { type: 'mark', text: char, at };
  const string = matchAt(quoted, text, at);
  if (string !== undefined) return { type: 'string', text: string, at };
  if (char === '"') throw new SyntaxProblem('quoted text is not closed, or has an unknown escape', at);
  const name = matchAt(word, text, at);
  if (name === 'true' || name === 'false') return { type: 'bool', text: name, at };
  if (name === 'null') return { type: 'null', text: name, at };
  const fraction = matchAt(float, text, at);
  if (fraction !== undefined) return { type: 'float', text: fraction, at };
  const digits = matchAt(number, text, at);
  if (digits === undefined)
    throw new SyntaxProblem(`${JSON.stringify(name ?? char)} is not expected here`, at);
  if (/^-?0[0-9]/.test(digits)) throw new SyntaxProblem('numbers cannot start with 0', at);
  return { type: 'number', text: digits, at };
};

const isMark = (token: Token, mark: string): boolean => token.type === 'mark' && token.text === mark;

const unexpected = (token: Token, expected: string): SyntaxProblem =>
  new SyntaxProblem(
    `expected ${expected}, got ${token.text === '' ? 'the end of the text' : token.text}`,
    token.at,
  );

/** Thrown for a closing brace where a name or a value was expected: it closes the block. */
class EarlyBrace extends SyntaxProblem {}

const readObject = (text: string): Item[] => {
  let end = 0;
  const take = (): Token => {
    const token = scan(text, end);
    end = token.at + token.text.length;
    return token;
  };
  const failAt = (token: Token, expected: string): SyntaxProblem =>
    isMark(token, '}')
      ? new EarlyBrace(unexpected(token, expected).message, token.at)
      : unexpected(token, expected);

  const literal = (token: Token): Literal | undefined =>
    token.type === 'end' || token.type === 'mark'
      ? undefined
      : { kind: token.type, raw: token.text, at: token.at };

  const readKeys = (): Key[] | undefined => {
    const keys: Key[] = [];
    for (;;) {
      const token = take();
      if (token.type === 'end') return undefined;
      if (isMark(token, ':') && keys.length > 0) return keys;
      if (token.type !== 'string') throw failAt(token, 'a quoted name');
      keys.push({ name: unquote(token.text, token.at, true), at: token.at });
    }
  };

  const readValue = (depth: number): Value | undefined => {
    const token = take();
    if (token.type === 'end') return undefined;
    if (isMark(token, '{')) return readBlock(token.at, depth);
    if (isMark(token, '[')) return readList(token.at, depth);
    const found = literal(token);
    if (!found) throw failAt(token, 'a value');
    return found;
  };

  const readList = (at: number, depth: number): List => {
    const values: Value[] = [];
    for (;;) {
      const token = take();
      if (isMark(token, ']')) return { kind: 'list', values, at };
      // Commas, booleans and opening brackets inside a list mean nothing to Consul.
      if (isMark(token, ',') || isMark(token, '[') || token.type === 'bool') continue;
      const found = isMark(token, '{') ? readBlock(token.at, depth + 1) : literal(token);
      if (!found || found.kind === 'null') throw failAt(token, 'a value');
      values.push(found);
    }
  };

  const readBlock = (at: number, depth: number): Value => {
    if (depth > maxDepth) throw new SyntaxProblem('nested too deeply', at);
    const items: Item[] = [];
    try {
      for (;;) {
        const keys = readKeys();
        const value = keys && readValue(depth + 1);
        if (!keys || !value) break;
        items.push({ keys, value });
        if (!isMark(take(), ',')) break;
      }
    } catch (problem) {
      if (!(problem instanceof EarlyBrace)) throw problem;
    }
    return { kind: 'object', items, at };
  };

  const root = take();
  if (!isMark(root, '{')) throw unexpected(root, '{');
  const block = readBlock(root.at, 0);
  return block.kind === 'object' ? [...block.items] : [];
};

/** `"a": { "b": { … } }` becomes `a "b" { … }`, and a list of objects becomes repeated blocks. */
const flatten = (item: Item): Item[] => {
  const { keys, value } = item;
  if (value.kind === 'object' && value.items.length > 0) {
    return value.items.every((inner) => inner.value.kind === 'object')
      ? value.items.flatMap((inner) => flatten({ keys: [...keys, ...inner.keys], value: inner.value }))
      : [{ keys, value: { ...value, items: value.items.flatMap(flatten) } }];
  }
  if (value.kind === 'list' && value.values.length > 0) {
    if (value.values.every((inner) => inner.kind === 'object')) {
      return value.values.flatMap((inner) => flatten({ keys, value: inner }));
    }
  }
  return [item];
};

/**
 * Parses rules written as JSON into the items that the same rules as HCL would give.
 * @throws SyntaxProblem with the offset of the first mistake
 */
export const parseJson = (text: string): Item[] => readObject(text).flatMap(flatten);
