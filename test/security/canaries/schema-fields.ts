import type { z } from 'zod';

/** Walks the schemas of Consul's answers: builds a value in which each field is present, and lists the texts in it. */

type Schema = z.core.$ZodType;
type Step = string | number;

/** The key of the one row of each map. */
const mapKey = 'row';

/** A field that no schema names, added to objects that keep such fields. */
const unlisted = 'Unlisted';

const accepts = (schema: Schema, value: unknown): boolean => (schema as z.ZodType).safeParse(value).success;

/** Returns a value of a schema with one row in each list and map. Texts are `text` of the path. */
export const sampleOf = (
  schema: Schema,
  text: (path: readonly string[]) => string,
  path: readonly string[] = [],
): unknown => {
  const inner = (next: Schema, ...steps: readonly string[]): unknown =>
    sampleOf(next, text, [...path, ...steps]);
  const def = schema._zod.def as z.core.$ZodTypes['_zod']['def'];
  if (def.type === 'object') {
    const fields = Object.entries(def.shape).map(([name, field]) => [name, inner(field, name)]);
    const more = def.catchall?._zod.def.type === 'unknown' ? [[unlisted, text([...path, unlisted])]] : [];
    return Object.fromEntries([...fields, ...more]);
  }
  if (def.type === 'array') return [inner(def.element)];
  if (def.type === 'record') return { [mapKey]: inner(def.valueType, mapKey) };
  if (def.type === 'pipe') return inner(def.in);
  if (def.type === 'optional' || def.type === 'nullable' || def.type === 'default')
    return inner(def.innerType);
  if (def.type === 'literal') return def.values[0];
  if (def.type === 'string' || def.type === 'unknown') return text(path);
  if (def.type === 'number') return 1;
  if (def.type === 'boolean') return false;
  if (def.type !== 'transform') throw new Error(`no sample of a schema of type ${def.type}`);
  // A leaf says of itself only what it accepts.
  if (accepts(schema, 'text')) return text(path);
  return accepts(schema, true) ? false : { [mapKey]: [] };
};

/** Lists the paths of all texts in a value. */
export const textsIn = (value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] => {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    textsIn(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
};

/** Lists the paths of all keys of maps in a value. */
export const keysIn = (value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    return [...(key === mapKey || key === unlisted ? [at] : []), ...keysIn(item, at)];
  });
};

/** Returns a copy of a value with another key at the end of a path. */
export const withKeyAt = (value: unknown, path: readonly Step[], key: string): unknown => {
  const holder = path.slice(0, -1);
  const { [String(path.at(-1))]: item, ...others } = valueAt(value, holder) as Readonly<
    Record<string, unknown>
  >;
  return withValueAt(value, holder, { ...others, [key]: item });
};

/** Returns a copy of a value with another one at a path. */
export const withValueAt = (value: unknown, [step, ...rest]: readonly Step[], put: unknown): unknown => {
  if (step === undefined) return put;
  if (Array.isArray(value))
    return value.map((item, at) => (at === step ? withValueAt(item, rest, put) : item));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [step]: withValueAt(object[step], rest, put) };
};

/** Returns the value at a path. */
export const valueAt = (value: unknown, path: readonly Step[]): unknown =>
  path.reduce((inner, step) => (inner as Readonly<Record<Step, unknown>>)[step], value);
