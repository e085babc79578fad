import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { parseHcl } from '../../acl/parse-hcl';
import { heredocText } from '../../acl/scan-hcl';
import { type Item, positionAt, SyntaxProblem, type Value } from '../../acl/syntax';
import { unquote } from '../../acl/unquote';
import { failure, type Result, success } from '../../result';

/** A value of a file with the line that it is on, counted from 1. */
export type Located =
  | { readonly kind: 'map'; readonly fields: readonly LocatedField[]; readonly line: number }
  | { readonly kind: 'list'; readonly items: readonly Located[]; readonly line: number }
  | { readonly kind: 'leaf'; readonly value: string | number | boolean | null; readonly line: number };

export interface LocatedField {
  readonly key: string;
  readonly line: number;
  readonly value: Located;
}

/** A mistake in a file: its line, and what was expected there. */
export interface FileProblem {
  readonly line: number;
  readonly message: string;
}

const fromYamlNode = (node: unknown, lines: LineCounter, fallback: number): Located => {
  const range = (node as Node | null | undefined)?.range;
  const line = range ? lines.linePos(range[0]).line : fallback;
  if (isMap(node)) {
    const fields = node.items.map((pair): LocatedField => {
      const at = (pair.key as Node | null)?.range;
      const keyLine = at ? lines.linePos(at[0]).line : line;
      return {
        key: String(isScalar(pair.key) ? pair.key.value : pair.key),
        line: keyLine,
        value: fromYamlNode(pair.value, lines, keyLine),
      };
    });
    return { kind: 'map', fields, line };
  }
  if (isSeq(node))
    return { kind: 'list', items: node.items.map((item) => fromYamlNode(item, lines, line)), line };
  const value = isScalar(node) ? node.value : null;
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return { kind: 'leaf', value: isPlain ? value : null, line };
};

/** Parses YAML with any number of documents; JSON is YAML too. Aliases are refused: they can grow without limit. */
export const parseYaml = (text: string): Result<readonly Located[], FileProblem> => {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' });
  const found: Located[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error) {
      // The rest of the message quotes the file.
      const message = error.message.split(/ at line \d+|: "/)[0] ?? 'invalid YAML';
      return failure({ line: error.linePos?.[0].line ?? 1, message });
    }
    const alias = /^[^#"'\n]*[:-]\s+\*\w/mu.exec(text);
    if (alias) return failure({ line: lines.linePos(alias.index).line, message: 'expected no aliases' });
    if (document.contents !== null) found.push(fromYamlNode(document.contents, lines, 1));
  }
  return success(found);
};

const numberOf = (raw: string): number => (/^-?0[0-7]+$/.test(raw) ? Number.parseInt(raw, 8) : Number(raw));

const fromHclValue = (value: Value, text: string): Located => {
  const { line } = positionAt(text, value.at);
  if (value.kind === 'object') return { kind: 'map', fields: fieldsOf(value.items, text), line };
  if (value.kind === 'list')
    return { kind: 'list', items: value.values.map((item) => fromHclValue(item, text)), line };
  const { kind, raw, at } = value;
  if (kind === 'string') return { kind: 'leaf', value: unquote(raw, at, false), line };
  if (kind === 'heredoc') return { kind: 'leaf', value: heredocText(raw), line };
  if (kind === 'bool') return { kind: 'leaf', value: raw === 'true', line };
  return { kind: 'leaf', value: kind === 'null' ? null : numberOf(raw), line };
};

/** `a "b" { … }` is a map of maps, and a name that is given several times is a list, as HCL 1 decodes them. */
const fieldsOf = (items: readonly Item[], text: string): readonly LocatedField[] => {
  const byKey = new Map<string, LocatedField[]>();
  for (const { keys, value } of items) {
    const [first, ...labels] = keys;
    if (first === undefined) continue;
    const line = positionAt(text, first.at).line;
    const nested = labels.reduceRight<Located>(
      (inner, { name }) => ({ kind: 'map', fields: [{ key: name, line, value: inner }], line }),
      fromHclValue(value, text),
    );
    byKey.set(first.name, [...(byKey.get(first.name) ?? []), { key: first.name, line, value: nested }]);
  }
  return [...byKey.values()].flatMap((fields) => {
    const [only] = fields;
    if (only === undefined || fields.length === 1) return fields;
    const items = fields.map(({ value }) => value);
    return [{ ...only, value: { kind: 'list', items, line: only.line } as const }];
  });
};

/** Leaves out what a problem quotes of the file, other than signs: it may be a secret. */
const withoutQuote = (message: string): string =>
  message
    .replace(/, got `([\s\S]*)`$/u, (got, token: string) =>
      /^(?:[^\w"]{1,3}|the end of the text)$/u.test(token) ? got : ', got something else',
    )
    .replace(/^\S+ is not an octal number$/u, 'expected another number than an octal one');

/** Parses HCL 1, as the `consul` command reads config entries and service definitions. */
export const parseHclFile = (given: string): Result<readonly Located[], FileProblem> => {
  const text = given.replaceAll('\r\n', '\n');
  try {
    const fields = fieldsOf(parseHcl(text), text);
    return success(fields.length === 0 ? [] : [{ kind: 'map', fields, line: fields[0]?.line ?? 1 }]);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return failure({ line: positionAt(text, error.at).line, message: withoutQuote(error.message) });
  }
};
