import type { Data, DataObject } from './hcl';

/** Fields that Consul writes itself; refused or ignored when sent back. `Status` is that of gateways and routes. */
const readOnly: ReadonlySet<string> = new Set(['CreateIndex', 'ModifyIndex', 'Hash', 'Status']);

/** Maps whose keys and values are the user's own: nothing in them is a default that could be left out. */
const opaque: ReadonlySet<string> = new Set(['Config', 'Arguments', 'Meta', 'Add', 'Set']);

/** Consul answers these with `{}` where they are not set. Elsewhere an empty object can have a meaning. */
const emptyMeansUnset: ReadonlySet<string> = new Set([
  'AccessLogs',
  'Config',
  'Expose',
  'Failover',
  'MeshGateway',
  'Meta',
  'TransparentProxy',
]);

/** Tells objects with members from lists and scalars. */
export const isDataObject = (value: Data): value is DataObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns a value of an answer as data. What JSON cannot hold counts as absent. */
export const toData = (value: unknown): Data => {
  if (Array.isArray(value)) return value.map(toData);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toData(member)]));
  const isScalar = typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string';
  return isScalar || value === null ? value : undefined;
};

/** Keeps what was cleaned: the fixes of one entry share all parts that they leave as they are. */
const known = new WeakMap<object, Data>();

const clean = (value: unknown): Data => {
  if (typeof value !== 'object' || value === null) return toData(value);
  if (known.has(value)) return known.get(value);
  const cleaned = Array.isArray(value) ? value.map(clean) : cleanObject(value);
  known.set(value, cleaned);
  return cleaned;
};

const cleanObject = (value: object): DataObject => {
  const kept: Record<string, Data> = {};
  for (const [key, member] of Object.entries(value)) {
    const cleaned = opaque.has(key) ? toData(member) : clean(member);
    const empty = isDataObject(cleaned) && Object.keys(cleaned).length === 0 && emptyMeansUnset.has(key);
    const unset = cleaned === undefined || cleaned === null || cleaned === '' || empty;
    if (!unset && !(Array.isArray(cleaned) && cleaned.length === 0)) kept[key] = cleaned;
  }
  return kept;
};

/** A config entry as Consul answers it. */
export interface AnyConfigEntry {
  readonly Kind: string;
}

/** A config entry ready to be written. */
export interface EntryData extends DataObject {
  readonly Kind: string;
  /** `mesh` entries are answered without one; there can only be one in a partition. */
  readonly Name?: string;
  readonly Partition?: string;
  readonly Namespace?: string;
}

const first = ['Kind', 'Name', 'Partition', 'Namespace'];

/** Returns a config entry ready to be written: names first, without unset fields and those that Consul adds. */
export const entryData = (entry: AnyConfigEntry): EntryData => {
  const cleaned = cleanObject(entry);
  const rest = Object.keys(cleaned).filter((key) => !readOnly.has(key) && !first.includes(key));
  const keys = [...first.filter((key) => key in cleaned), ...rest];
  return Object.fromEntries(keys.map((key) => [key, cleaned[key]])) as EntryData;
};

/** Returns the name that the entry is read by. */
export const entryName = (data: EntryData): string => data.Name ?? data.Kind;

/** True for an entry that a custom resource of Consul on Kubernetes writes. */
export const managedByKubernetes = (entry: object): boolean =>
  'Meta' in entry &&
  (entry.Meta as Readonly<Record<string, unknown>> | null | undefined)?.['external-source'] === 'kubernetes';
