import type { ClusterState, StateRow } from './cluster-state';
import type { Json, StateChange } from './report';

/** The differences between two states. */
export interface StateComparison {
  readonly changes: readonly StateChange[];
  /** Number of changes beyond the limit. */
  readonly leftOut: number;
  /** Sections that were not wholly visible both times, so that changes there may be missing; with the cluster in front for an other side. */
  readonly notCompared: readonly string[];
}

/** Maximum changes of one comparison. */
const maxChanges = 1000;
/** Maximum changes inside one row; of more, the row alone is named. */
const maxInRow = 40;
/** Maximum characters of a value in a change, as JSON. */
const maxText = 1024;
/** Maximum depth that values are compared to. */
const maxDepth = 12;

/** A field that differs; `undefined` where it is absent. */
interface FieldChange {
  readonly field: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
}

type JsonObject = Readonly<Record<string, Json>>;

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Compares by code units, so that the order depends on no locale. */
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Writes a value with sorted keys, so that equal values have equal texts. */
const canonical = (value: Json | undefined): string => {
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value ?? null);
  const members = Object.keys(value)
    .filter((key) => !isUnset(value[key]))
    .sort(compareTexts)
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(',')}}`;
};

/** Consul answers absent fields as null, empty texts or empty lists, depending on its version. */
const isUnset = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (isList(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

const idFields = ['Name', 'Service', 'Peer', 'SamenessGroup', 'Namespace', 'Partition'] as const;

/** The names of an item of a list that tell which one it is. */
const identity = (item: Json, fields: readonly string[]): string | undefined => {
  if (!isObject(item)) return undefined;
  const parts = fields.map((field) => item[field]).map((part) => (typeof part === 'string' ? part : ''));
  return parts.every((part) => part === '') ? undefined : JSON.stringify(parts);
};

/** Names an item for people: by its name, else by its position. */
const label = (item: Json, at: number): string => {
  const name = isObject(item) ? (item['Name'] ?? item['Service']) : undefined;
  return typeof name === 'string' && name !== '' ? name : String(at);
};

interface Item {
  readonly at: number;
  readonly item: Json;
}

interface Pairing {
  readonly pairs: readonly (readonly [Item, Item])[];
  readonly removed: readonly Item[];
  readonly added: readonly Item[];
}

/** Pairs items with equal keys, in order, and returns those that are left. */
const pairBy = (
  before: readonly Item[],
  after: readonly Item[],
  keyOf: (one: Item) => string | undefined,
): Pairing => {
  const waiting = new Map<string, Item[]>();
  for (const one of after) {
    const key = keyOf(one);
    if (key === undefined) continue;
    const known = waiting.get(key);
    if (known === undefined) waiting.set(key, [one]);
    else known.push(one);
  }
  for (const list of waiting.values()) list.reverse();
  const pairs: (readonly [Item, Item])[] = [];
  const paired = new Set<Item>();
  const removed = before.filter((one) => {
    const key = keyOf(one);
    const other = key === undefined ? undefined : waiting.get(key)?.pop();
    if (other === undefined) return true;
    pairs.push([one, other]);
    paired.add(other);
    return false;
  });
  return { pairs, removed, added: after.filter((one) => !paired.has(one)) };
};

/** Lists whose order has a meaning: the first route that matches counts. */
const ordered: ReadonlySet<string> = new Set(['Routes', 'Rules', 'Targets']);

const nameIn = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/**
 * Pairs the items of two lists: equal ones, then those of one name, then by order where as many are left on both sides.
 * Returns their differences, and that the order differs where it has a meaning.
 */
const listChanges = (
  before: readonly Json[],
  after: readonly Json[],
  path: string,
  depth: number,
): FieldChange[] => {
  const items = (list: readonly Json[]): Item[] => list.map((item, at) => ({ at, item }));
  const equal = pairBy(items(before), items(after), ({ item }) => canonical(item));
  if (equal.removed.length + equal.added.length === 0) {
    // Positions before, in the order after.
    const order = equal.pairs.toSorted(([, a], [, b]) => a.at - b.at).map(([one]) => one.at);
    const positions = before.map((_, at) => at);
    return ordered.has(nameIn(path)) && canonical(order) !== canonical(positions)
      ? [{ field: `${path} (order)`, from: positions, to: order }]
      : [];
  }
  const exact = pairBy(equal.removed, equal.added, ({ item }) => identity(item, idFields));
  const named = pairBy(exact.removed, exact.added, ({ item }) => identity(item, ['Name', 'Service']));
  const rest =
    named.removed.length === named.added.length
      ? pairBy(named.removed, named.added, () => 'rest')
      : { pairs: [], removed: named.removed, added: named.added };
  const isLeaf = ({ item }: Item): boolean => !isObject(item) && !isList(item);
  return [
    ...[...exact.pairs, ...named.pairs, ...rest.pairs].flatMap(([one, other]) =>
      isLeaf(one) && isLeaf(other)
        ? [{ field: path, from: one.item, to: other.item }]
        : fieldChanges(one.item, other.item, `${path}[${label(other.item, other.at)}]`, depth + 1),
    ),
    ...rest.removed.map((one) => ({
      field: isLeaf(one) ? path : `${path}[${label(one.item, one.at)}]`,
      from: one.item,
      to: undefined,
    })),
    ...rest.added.map((one) => ({
      field: isLeaf(one) ? path : `${path}[${label(one.item, one.at)}]`,
      from: undefined,
      to: one.item,
    })),
  ];
};

const fieldChanges = (
  before: Json | undefined,
  after: Json | undefined,
  path: string,
  depth: number,
): FieldChange[] => {
  if (before === after || (isUnset(before) && isUnset(after))) return [];
  if (depth < maxDepth && isList(before) && isList(after)) return listChanges(before, after, path, depth);
  if (depth < maxDepth && isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .sort(compareTexts)
      .flatMap((key) =>
        fieldChanges(
          Object.hasOwn(before, key) ? before[key] : undefined,
          Object.hasOwn(after, key) ? after[key] : undefined,
          path === '' ? key : `${path}.${key}`,
          depth + 1,
        ),
      );
  }
  return canonical(before) === canonical(after) ? [] : [{ field: path, from: before, to: after }];
};

/** Returns a value as a change shows it. */
const shown = (value: Json | undefined): Json => {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length <= maxText ? value : `(left out: ${text.length} characters)`;
};

const clipPath = (path: string): string => (path.length <= maxText ? path : `${path.slice(0, maxText)}…`);

type Base = Pick<StateChange, 'section' | 'subject' | 'indexes' | 'position' | 'cluster'>;

const rowChanges = (before: StateRow, after: StateRow, base: Base): StateChange[] => {
  const changed = { ...base, kind: 'changed', field: '', from: null, to: null } as const;
  if (before.value === undefined || after.value === undefined) {
    const same = before.hash !== undefined && before.hash === after.hash && before.index === after.index;
    return same ? [] : [{ ...changed, unknown: 'too-large' }];
  }
  const fields = fieldChanges(before.value, after.value, '', 0);
  if (fields.length > maxInRow) return [{ ...changed, unknown: 'too-large' }];
  if (fields.length > 0)
    return fields.map(({ field, from, to }) => ({
      ...changed,
      field: clipPath(field),
      from: shown(from),
      to: shown(to),
    }));
  const mayDiffer = (before.withheld ?? []).length + (after.withheld ?? []).length > 0;
  return mayDiffer && before.index !== after.index ? [{ ...changed, unknown: 'withheld' }] : [];
};

const keyOf = ({ section, kind, name }: StateRow): string => JSON.stringify([section, kind, name]);

type OneState = Omit<ClusterState, 'otherSides'>;

const compareOne = (before: OneState, after: OneState, cluster: string | undefined): StateComparison => {
  const old = new Map(before.rows.map((row) => [keyOf(row), row]));
  const now = new Map(after.rows.map((row) => [keyOf(row), row]));
  const visibilityOf = (state: OneState, section: string) => state.visibility[section] ?? 'hidden';
  const found: StateChange[] = [];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(key), now.get(key)];
    const row = is ?? was;
    if (row === undefined) continue;
    const indexes =
      was?.index === undefined && is?.index === undefined
        ? undefined
        : { from: was?.index ?? null, to: is?.index ?? null };
    const base: Base = {
      ...(cluster !== undefined && { cluster }),
      section: row.section,
      subject: { kind: row.kind, name: row.name },
      ...(indexes && { indexes }),
      ...(is?.position !== undefined && { position: is.position }),
    };
    if (was && is) found.push(...rowChanges(was, is, base));
    // A row that was not visible before is not new, and one that is not visible now is not gone.
    else if (is && visibilityOf(before, row.section) === 'visible')
      found.push({ ...base, kind: 'added', field: '', from: null, to: shown(is.value) });
    else if (was && visibilityOf(after, row.section) === 'visible')
      found.push({ ...base, kind: 'removed', field: '', from: shown(was.value), to: null });
  }
  const isWhole = (state: OneState, section: string): boolean =>
    ['visible', 'selected'].includes(visibilityOf(state, section));
  const sections = [...new Set([...Object.keys(before.visibility), ...Object.keys(after.visibility)])];
  return {
    changes: found,
    leftOut: 0,
    notCompared: sections
      .filter((one) => !isWhole(before, one) || !isWhole(after, one))
      .map((one) => (cluster === undefined ? one : `${cluster}: ${one}`)),
  };
};

const sortKey = ({ cluster = '', section, subject, field, kind }: StateChange): readonly string[] => [
  cluster,
  section,
  subject.kind,
  subject.name,
  field,
  kind,
];

const byPosition = (a: StateChange, b: StateChange): number => {
  const [one, other] = [sortKey(a), sortKey(b)];
  return one.map((part, index) => compareTexts(part, other[index] ?? '')).find((order) => order !== 0) ?? 0;
};

/**
 * Compares two states of one cluster. The changes are in an order that depends on their names alone. Other sides are
 * compared if both states have them.
 */
export const compareStates = (before: ClusterState, after: ClusterState): StateComparison => {
  const others = after.otherSides.flatMap(({ peer, cluster, state }) => {
    const was = before.otherSides.find((one) => one.cluster === cluster && one.peer === peer);
    return was ? [compareOne(was.state, state, cluster)] : [];
  });
  const all = [compareOne(before, after, undefined), ...others];
  // A cluster with two peerings to this one is read twice.
  const changes = new Map(
    all.flatMap((one) => one.changes).map((change) => [JSON.stringify(change), change]),
  );
  const sorted = [...changes.values()].sort(byPosition);
  return {
    changes: sorted.slice(0, maxChanges),
    leftOut: Math.max(0, sorted.length - maxChanges),
    notCompared: [...new Set(all.flatMap((one) => one.notCompared))].sort(compareTexts),
  };
};
