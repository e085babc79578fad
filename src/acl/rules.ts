import { parseHcl } from './parse-hcl';
import { parseJson } from './parse-json';
import { unquote } from './unquote';
import { heredocText } from './scan-hcl';
import { type Item, type Key, type TextPosition, positionAt, SyntaxProblem, type Value } from './syntax';
import { withheldValue } from '../consul/shapes';
import { failure, type Result, success } from '../result';

/** Resources that rules name one by one or by prefix. */
export const namedResources = ['agent', 'event', 'key', 'node', 'query', 'service', 'session'] as const;
/** Resources that a policy grants whole. */
export const wholeResources = ['acl', 'keyring', 'mesh', 'operator', 'peering'] as const;

export type NamedResource = (typeof namedResources)[number];
export type WholeResource = (typeof wholeResources)[number];

/** One rule of a policy. Levels are kept as written: Consul accepts `Write`, but does not rank it as `write`. */
export interface Rule {
  readonly resource: NamedResource | WholeResource;
  readonly match: 'exact' | 'prefix' | 'whole';
  /** The name or prefix; empty for whole resources. */
  readonly segment: string;
  readonly level: string;
  /** Services only. Empty if the rule has no such field; its level decides then. */
  readonly intentions: string;
  readonly line: number;
  /** Enterprise: the blocks around the rule. */
  readonly scope?: Scope;
}

/** Partition and namespace in which a rule of Consul Enterprise applies, by the blocks around it. */
interface Scope {
  readonly partition?: Extent;
  readonly namespace?: Extent;
}

/** One partition or namespace, or all that start with a prefix. */
export interface Extent {
  readonly match: 'exact' | 'prefix';
  readonly name: string;
}

/** The first mistake in rules. */
export interface RulesError {
  readonly message: string;
  readonly position: TextPosition;
}

export type ParsedRules = Result<readonly Rule[], RulesError>;

type Field =
  | { readonly kind: 'whole'; readonly resource: WholeResource }
  | { readonly kind: 'named'; readonly resource: NamedResource; readonly match: 'exact' | 'prefix' }
  /** Consul reads this field and ignores it. */
  | { readonly kind: 'former' }
  /** Enterprise: holds rules of its own. CE ignores it. */
  | {
      readonly kind: 'tenant';
      readonly level: 'partition' | 'namespace';
      readonly match: 'exact' | 'prefix';
    };

/** Fields of a policy that Consul reads. It ignores all others. */
const fields = new Map<string, Field>([
  ...wholeResources.map((resource) => [resource, { kind: 'whole', resource }] as const),
  ...namedResources.flatMap(
    (resource) =>
      [
        [resource, { kind: 'named', resource, match: 'exact' }],
        [`${resource}_prefix`, { kind: 'named', resource, match: 'prefix' }],
      ] as const,
  ),
  ['identity', { kind: 'former' }],
  ['identity_prefix', { kind: 'former' }],
  ...(['partition', 'namespace'] as const).flatMap(
    (level) =>
      [
        [level, { kind: 'tenant', level, match: 'exact' }],
        [`${level}_prefix`, { kind: 'tenant', level, match: 'prefix' }],
      ] as const,
  ),
]);

/** Names match whatever their case, as in Go's `strings.EqualFold`. */
const fold = (name: string): string => {
  const upper = name.toUpperCase();
  return (upper.length === name.length ? upper : name).toLowerCase();
};

const levelsOf = (resource: string): readonly string[] =>
  resource === 'key' ? ['deny', 'read', 'list', 'write'] : ['deny', 'read', 'write'];

const quote = (text: string): string => JSON.stringify(text);

const textOf = (value: Value, what: string, json: boolean): string => {
  if (value.kind === 'string') return unquote(value.raw, value.at, json);
  if (value.kind === 'heredoc') return heredocText(value.raw);
  if (value.kind === 'number') return value.raw;
  if (value.kind === 'null') return '';
  throw new SyntaxProblem(`${what} takes a quoted text, not a ${value.kind}`, value.at);
};

const checkLevel = (resource: string, what: string, level: string, at: number): void => {
  const levels = levelsOf(resource);
  if (levels.includes(level.toLowerCase())) return;
  throw new SyntaxProblem(`${what} is ${quote(level)}; expected one of ${levels.join(', ')}`, at);
};

interface Named {
  readonly key: Key;
  /** Content of the block. */
  readonly items: readonly Item[];
}

/** Returns the blocks of `service "a" { … }`, in all its spellings, each as a name and its content. */
const namedBlocks = (item: Item, what: string): Named[] => {
  const [key, ...rest] = item.keys;
  const { value } = item;
  if (!key) {
    if (value.kind === 'object') return value.items.flatMap((inner) => namedBlocks(inner, what));
    if (value.kind === 'list' && value.values.length === 0) return [];
    throw new SyntaxProblem(`${what} needs a name and a block, as in ${what} "name" { … }`, value.at);
  }
  if (value.kind === 'list') throw new SyntaxProblem(`${what} ${quote(key.name)} needs a block`, value.at);
  // With two names Consul takes the second for a block inside the first; with more it drops all but the first.
  if (rest.length === 1) return [{ key, items: [{ keys: rest, value }] }];
  if (value.kind === 'object') return [{ key, items: value.items }];
  return [{ key, items: [item] }];
};

/** Returns the last text of a field in a block, or an empty text. */
const fieldOf = (block: Named, field: string, json: boolean): string => {
  let found = '';
  for (const item of block.items) {
    const [key, ...rest] = item.keys;
    if (!key || fold(key.name) !== field) continue;
    if (rest.length > 0) throw new SyntaxProblem(`${field} takes a quoted text, not a block`, key.at);
    found = textOf(item.value, field, json);
  }
  return found;
};

/** Consul decodes blocks with names before assignments; the order decides between spellings such as `Write`. */
const blocksFirst = (items: readonly Item[]): Item[] => [
  ...items.filter((item) => item.keys.length > 0),
  ...items.filter((item) => item.keys.length === 0),
];

interface Reading {
  readonly json: boolean;
  readonly enterprise: boolean;
  readonly lineOf: (at: number) => number;
}

const wholeRules = (resource: WholeResource, found: readonly Item[], reading: Reading): Rule[] => {
  for (const { keys, value } of found) {
    if (keys.length > 0) throw new SyntaxProblem(`${resource} takes a quoted text, not a block`, value.at);
  }
  const last = found.at(-1)?.value;
  const level = found.map(({ value }) => textOf(value, resource, reading.json)).at(-1) ?? '';
  if (!last || level === '') return [];
  checkLevel(resource, resource, level, last.at);
  const line = reading.lineOf(last.at);
  return [{ resource, match: 'whole', segment: '', level, intentions: '', line }];
};

const namedRules = (
  name: string,
  field: Extract<Field, { kind: 'named' | 'former' }>,
  found: readonly Item[],
  { json, lineOf }: Reading,
): Rule[] =>
  blocksFirst(found)
    .flatMap((item) => namedBlocks(item, name))
    .flatMap((block) => {
      const { key } = block;
      const level = fieldOf(block, 'policy', json);
      const hasIntentions = field.kind === 'former' || field.resource === 'service';
      const intentions = hasIntentions ? fieldOf(block, 'intentions', json) : '';
      if (field.kind === 'former') return [];
      const { resource, match } = field;
      const what = `${name} ${quote(key.name)}`;
      checkLevel(resource, `the policy of ${what}`, level, key.at);
      if (intentions !== '') checkLevel(resource, `intentions of ${what}`, intentions, key.at);
      return [{ resource, match, segment: key.name, level, intentions, line: lineOf(key.at) }];
    });

const tenantRules = (
  name: string,
  { level, match }: Extract<Field, { kind: 'tenant' }>,
  found: readonly Item[],
  reading: Reading,
): Rule[] =>
  blocksFirst(found)
    .flatMap((item) => namedBlocks(item, name))
    .flatMap(({ key, items }) =>
      decode(items, reading).map((rule) => ({
        ...rule,
        scope: { ...rule.scope, [level]: { match, name: key.name } },
      })),
    );

const decode = (items: readonly Item[], reading: Reading): Rule[] => {
  const byField = new Map<string, Item[]>();
  for (const { keys, value } of items) {
    const [key, ...rest] = keys;
    const name = fold(key?.name ?? '');
    if (!fields.has(name)) continue;
    const same = byField.get(name);
    if (same) same.push({ keys: rest, value });
    else byField.set(name, [{ keys: rest, value }]);
  }
  return [...byField].flatMap(([name, found]) => {
    const field = fields.get(name);
    if (!field) return [];
    if (field.kind === 'whole') return wholeRules(field.resource, found, reading);
    if (field.kind !== 'tenant') return namedRules(name, field, found, reading);
    return reading.enterprise ? tenantRules(name, field, found, reading) : [];
  });
};

/** Returns the line of an offset. Offsets mostly ascend, so it does not count from the top each time. */
const lineCounter = (text: string): ((at: number) => number) => {
  let line = 1;
  let counted = 0;
  return (at) => {
    if (at < counted) {
      line = 1;
      counted = 0;
    }
    for (let end = text.indexOf('\n', counted); end >= 0 && end < at; end = text.indexOf('\n', counted)) {
      line += 1;
      counted = end + 1;
    }
    return line;
  };
};

/** Returns a text that stands for rules that cannot be read: it has nothing of them but the position of the mistake. */
export const unreadableRules = ({ line, column }: TextPosition): string =>
  '\n'.repeat(line - 1) + ' '.repeat(column - 1) + withheldValue;

/**
 * Reads the rules of a policy, HCL 1 or JSON, accepting what Consul 1.20 accepts.
 * @param enterprise true to read `partition` and `namespace` blocks, which CE ignores
 * @returns the rules in the order in which Consul reads them, or the first mistake and its position
 */
export const parseRules = (source: string, { enterprise = false } = {}): ParsedRules => {
  if (source.trimStart() === withheldValue) {
    const position = positionAt(source, source.indexOf(withheldValue));
    return failure({ message: 'Consul 1.20 does not read what is written there', position });
  }
  const json = /^[ \t\r\n]*\{/.test(source);
  const text = json ? source : source.replaceAll('\r\n', '\n');
  try {
    const items = json ? parseJson(text) : parseHcl(text);
    return success(decode(items, { json, enterprise, lineOf: lineCounter(text) }));
  } catch (problem) {
    if (!(problem instanceof SyntaxProblem)) throw problem;
    return failure({ message: problem.message, position: positionAt(text, problem.at) });
  }
};
