import type { z } from 'zod';
import * as wire from '../../src/consul/wire';

/**
 * Plants words in answers of Consul, in everything that must not leave the client or the snapshot: a field that no schema
 * names in every object, descriptions and other texts that no schema names, sockets and addresses of sidecars, and free-form values. The fields and the places come from the schemas of the wire.
 */

/** Every planted word starts so, and says which field of which answer it was planted in. */
export const planted = 'pl4nted0';

type Schema = z.core.$ZodType;

const inner = ({ _zod: { def } }: Schema): readonly unknown[] => {
  const { shape, ...others } = def as unknown as Record<string, unknown>;
  return [...Object.values((shape as object | undefined) ?? {}), ...Object.values(others)].flat();
};

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && '_zod' in value;

/** The names of all fields of all schemas, and of those fields that are free-form maps. */
const fieldsOfSchemas = (): { readonly names: ReadonlySet<string>; readonly maps: ReadonlySet<string> } => {
  const [names, maps, seen] = [new Set<string>(), new Set<string>(), new Set<unknown>()];
  const isMap = (schema: unknown): boolean =>
    isSchema(schema) &&
    (schema._zod.def.type === 'record'
      ? ['transform', 'unknown'].includes((schema._zod.def as z.core.$ZodRecordDef).valueType._zod.def.type)
      : ['optional', 'nullable', 'pipe'].includes(schema._zod.def.type) && inner(schema).some(isMap));
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (!isSchema(value)) return Object.values(value).forEach(walk);
    const { shape = {} } = value._zod.def as Partial<z.core.$ZodObjectDef>;
    for (const [name, field] of Object.entries(shape)) {
      names.add(name);
      if (isMap(field)) maps.add(name);
    }
    inner(value).forEach(walk);
  };
  Object.values(wire).forEach(walk);
  return { names, maps };
};

const { names, maps } = fieldsOfSchemas();

/** Maps of words, as the schemas name them: metadata and options. */
const freeForm: ReadonlySet<string> = maps;

/** Fields that are addresses or sockets: a sentence in one is withheld. Those that the bot connects to stay as they are. */
const addresses = new Set([
  'LocalServiceAddress',
  'LocalServiceSocketPath',
  'LocalBindSocketPath',
  'SocketPath',
]);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Tells objects with fields of Consul from maps, whose keys are names. */
const hasFields = (value: Readonly<Record<string, unknown>>): boolean => {
  const keys = Object.keys(value);
  return keys.length > 0 && keys.filter((key) => names.has(key)).length * 2 >= keys.length;
};

const plantIn = (value: unknown, at: string): unknown => {
  if (Array.isArray(value)) return value.map((item) => plantIn(item, at));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, member]): [string, unknown] => {
    const word = `${planted}-${at}-${key}`;
    if (addresses.has(key) && (member === undefined || typeof member === 'string'))
      return [key, `password is ${word}`];
    if (key === 'Tags' || key === 'ServiceTags')
      return [key, [...(Array.isArray(member) ? member : []), word]];
    if (freeForm.has(key) && (member === null || isObject(member)))
      return [key, { ...(plantIn(member ?? {}, `${at}-${key}`) as object), note: word, version: word }];
    if (typeof member === 'string' && !names.has(key) && hasFields(value))
      return [key, `password is ${word}`];
    return [key, plantIn(member, `${at}-${key}`)];
  });
  const unlisted = hasFields(value) ? { Unlisted: `${planted}-${at}-Unlisted` } : {};
  return { ...Object.fromEntries(members), ...unlisted };
};

/** Plants words in the rows of a key; its value, which the bot wrote itself, stays. */
const plantInKeys = (rows: unknown, at: string): unknown =>
  Array.isArray(rows)
    ? rows.map((row: object) => ({
        ...row,
        ...Object.fromEntries(
          ['Key', 'Session', 'Unlisted'].map((name) => [name, `password is ${planted}-${at}-${name}`]),
        ),
      }))
    : rows;

/** Plants words in an answer; one that is no JSON stays as it is. */
export const plantWords = (line: string, answer: string): string => {
  try {
    const plant = line.includes('/v1/kv/') ? plantInKeys : plantIn;
    return JSON.stringify(plant(JSON.parse(answer), line.replaceAll(/[^\w]+/g, '.')));
  } catch {
    return answer;
  }
};
