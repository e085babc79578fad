import { unprintable, wellFormed } from './text';

/**
 * Writes HCL 1, the language of Consul's config entries, policies and service definitions (not HCL 2, whose
 * escapes differ). Source of the rules: `hcl/scanner` and `hcl/strconv` of hashicorp/hcl v1.0.0.
 */

/** Data to write. `undefined` and `null`, which HCL 1 cannot express, are left out. */
export type Data = null | undefined | boolean | number | string | readonly Data[] | DataObject;
export interface DataObject {
  readonly [key: string]: Data;
}

const short: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

const codePoint = (char: string): string => {
  const hex = (char.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
};

/** Writes a quoted string. `${` would start an interpolation, inside which nothing is unescaped: the `$` becomes a code. */
const hclString = (text: string): string => {
  const body = Array.from(wellFormed(text), (char, index) => ({ char, index }));
  const escaped = body.map(({ char, index }) => {
    if (char === '$' && body[index + 1]?.char === '{') return '\\u0024';
    return short[char] ?? (unprintable.test(char) ? codePoint(char) : char);
  });
  return `"${escaped.join('')}"`;
};

const isObject = (value: Data): value is DataObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isScalar = (value: Data): boolean => typeof value !== 'object';

const present = (value: Data): boolean => value !== undefined && value !== null;

const key = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/u.test(name) && !/^(?:true|false)$/u.test(name) ? name : hclString(name);

const members = (object: DataObject): readonly (readonly [string, Data])[] =>
  Object.entries(object).filter(([, value]) => present(value));

const hclValue = (value: Data, indent: string): string => {
  if (typeof value === 'string') return hclString(value);
  if (Array.isArray(value)) return hclList(value, indent);
  return isObject(value) ? hclObject(value, indent) : JSON.stringify(value);
};

const hclObject = (object: DataObject, indent: string): string => {
  const entries = members(object);
  const [only] = entries;
  if (!only) return '{}';
  if (entries.length === 1 && isScalar(only[1])) return `{ ${key(only[0])} = ${hclValue(only[1], indent)} }`;
  return `{\n${hclBody(object, `${indent}  `)}\n${indent}}`;
};

const hclList = (list: readonly Data[], indent: string): string => {
  const items = list.filter(present);
  const inner = `${indent}  `;
  if (items.every(isScalar)) return `[${items.map((item) => hclValue(item, indent)).join(', ')}]`;
  return `[\n${items.map((item) => `${inner}${hclValue(item, inner)},\n`).join('')}${indent}]`;
};

const hclBody = (object: DataObject, indent: string): string =>
  members(object)
    .map(([name, value]) => `${indent}${key(name)} = ${hclValue(value, indent)}`)
    .join('\n');

/** Writes a whole file: one `Key = value` for each member, with a newline at its end. */
export const hcl = (data: DataObject): string => `${hclBody(data, '')}\n`;

/** Writes a labelled block such as `service "web" { policy = "write" }`. */
export const hclBlock = (type: string, label: string | undefined, body: DataObject): string =>
  `${key(type)} ${label === undefined ? '' : `${hclString(label)} `}{\n${hclBody(body, '  ')}\n}\n`;
