import { unquote } from './unquote';
import { scanHcl, type Token } from './scan-hcl';
import { type Item, type Key, type List, type Literal, maxDepth, SyntaxProblem, type Value } from './syntax';

/** A closing brace where a value was expected. Consul forgives it where the block closes directly behind it. */
class StrayBrace extends SyntaxProblem {}

const describe = (token: Token): string =>
  token.type === 'end' ? 'the end of the text' : `\`${token.text}\``;

const literal = (token: Token): Literal | undefined =>
  token.type === 'end' || token.type === 'identifier' || token.type === 'mark'
    ? undefined
    : { kind: token.type, raw: token.text, at: token.at };

const unexpected = (token: Token, expected: string): SyntaxProblem => {
  const message = `expected ${expected}, got ${describe(token)}`;
  return token.text === '}' ? new StrayBrace(message, token.at) : new SyntaxProblem(message, token.at);
};

/**
 * Parses HCL 1 into its items. As in Consul, an assignment without a value at the very end is dropped.
 * @param text with `\n` as line ends
 * @throws SyntaxProblem with the offset of the first mistake
 */
export const parseHcl = (text: string): Item[] => {
  const forbidden = /[\0\uE123]/.exec(text);
  if (forbidden) throw new SyntaxProblem('a character that HCL forbids', forbidden.index);

  let next = scanHcl(text, 0);
  const take = (): Token => {
    const token = next;
    if (token.type !== 'end') next = scanHcl(text, token.at + token.text.length);
    return token;
  };
  const isNext = (mark: string): boolean => next.type === 'mark' && next.text === mark;

  /** The names before `=` or `{`; undefined where the text ends instead. */
  const readKeys = (): Key[] | undefined => {
    const keys: Key[] = [];
    while (next.type === 'identifier' || next.type === 'string') {
      const { type, text, at } = take();
      keys.push({ name: type === 'string' ? unquote(text, at, false) : text, at });
    }
    if (keys.length === 0 && next.type === 'end') return undefined;
    const fits = keys.length > 0 && (isNext('{') || (isNext('=') && keys.length === 1));
    if (!fits) {
      const expected = keys.length === 0 ? 'a name' : keys.length === 1 ? '{ or =' : '{';
      throw new SyntaxProblem(`expected ${expected}, got ${describe(next)}`, next.at);
    }
    return keys;
  };

  /** The value behind `=`; undefined where the text ends instead. */
  const readValue = (depth: number): Value | undefined => {
    const token = take();
    if (token.type === 'end') return undefined;
    if (token.type === 'mark' && token.text === '{') return readBlock(token.at, depth);
    if (token.type === 'mark' && token.text === '[') return readList(token.at, depth);
    const found = literal(token);
    if (!found) throw unexpected(token, 'a value');
    return found;
  };

  const readList = (at: number, depth: number): List => {
    if (depth > maxDepth) throw new SyntaxProblem('nested too deeply', at);
    const values: Value[] = [];
    let needComma = false;
    for (;;) {
      const token = take();
      const mark = token.type === 'mark' ? token.text : '';
      if (mark === ']') return { kind: 'list', values, at };
      if (needComma && mark !== ',') throw unexpected(token, ', or ]');
      needComma = mark !== ',' && mark !== '[';
      if (mark === ',') continue;
      const found =
        mark === '{'
          ? readBlock(token.at, depth + 1)
          : mark === '['
            ? readList(token.at, depth + 1)
            : literal(token);
      if (!found) throw unexpected(token, 'a value');
      values.push(found);
    }
  };

  const readBlock = (at: number, depth: number): Value => {
    if (depth > maxDepth) throw new SyntaxProblem('nested too deeply', at);
    const items: Item[] = [];
    try {
      readItems(items, true, depth + 1);
    } catch (problem) {
      if (!(problem instanceof StrayBrace)) throw problem;
    }
    const closing = take();
    if (closing.type !== 'mark' || closing.text !== '}') {
      throw new SyntaxProblem(`expected } to close the block, got ${describe(closing)}`, closing.at);
    }
    return { kind: 'object', items, at };
  };

  const readItems = (into: Item[], inBlock: boolean, depth: number): void => {
    for (;;) {
      if (inBlock && isNext('}')) return;
      const keys = readKeys();
      if (!keys) return;
      const { text: mark, at } = take();
      const value = mark === '{' ? readBlock(at, depth) : readValue(depth);
      if (!value) return;
      into.push({ keys, value });
      if (isNext(',')) take();
    }
  };

  const items: Item[] = [];
  readItems(items, false, 0);
  return items;
};
