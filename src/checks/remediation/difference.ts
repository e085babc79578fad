import { isDataObject } from './entry-data';
import type { Data, DataObject } from './hcl';
import { wellFormedJson } from './text';

/** One change at a path: a new value, or a removal where there is no value. */
export interface DataChange {
  readonly path: readonly (string | number)[];
  readonly value?: Data;
}

/** The items of two lists, paired where one became the other. Indexes of kept and removed items are those before. */
interface Alignment {
  readonly kept: readonly { readonly at: number; readonly old: Data; readonly item: Data }[];
  readonly added: readonly Data[];
  readonly removed: readonly number[];
}

const nameOf = (item: Data): Data => (isDataObject(item) ? item['Name'] : undefined);

const isEqual = (one: Data, other: Data): boolean => {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, at) => isEqual(item, other[at]));
  if (!isDataObject(one) || !isDataObject(other)) return false;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.every((key) => isEqual(one[key], other[key]));
};

const isSameItem = (old: Data, item: Data): boolean =>
  isEqual(old, item) || (nameOf(old) !== undefined && nameOf(old) === nameOf(item));

/** Pairs items in one pass: where a list became shorter, an item that neither stayed nor kept its name was removed. */
const align = (before: readonly Data[], after: readonly Data[]): Alignment => {
  const kept: { at: number; old: Data; item: Data }[] = [];
  const removed: number[] = [];
  let next = 0;
  for (const [at, old] of before.entries()) {
    const item = after[next];
    const isSurplus = before.length - at > after.length - next;
    if (next >= after.length || (isSurplus && !isSameItem(old, item))) removed.push(at);
    else {
      kept.push({ at, old, item });
      next += 1;
    }
  }
  return { kept, added: after.slice(next), removed };
};

const listChanges = (
  before: readonly Data[],
  after: readonly Data[],
  path: DataChange['path'],
): DataChange[] => {
  const { kept, added, removed } = align(before, after);
  return [
    ...kept.flatMap(({ at, old, item }) => differences(old, item, [...path, at])),
    ...added.map((value, n) => ({ path: [...path, before.length + n], value })),
    // The last items are removed first, so that the indexes of the others stay valid.
    ...removed.toReversed().map((at) => ({ path: [...path, at] })),
  ];
};

const keysOf = (before: DataObject, after: DataObject): readonly string[] => [
  ...new Set([...Object.keys(before), ...Object.keys(after)]),
];

/**
 * Returns few changes that turn `before` into `after`, in an order in which they can be applied. An absent field is as
 * good as null: Consul refuses even null in a field that its version does not know (measured on 1.14.11).
 */
export const differences = (before: Data, after: Data, path: DataChange['path'] = []): DataChange[] => {
  if ((before ?? null) === (after ?? null)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  if (isDataObject(before) && isDataObject(after)) {
    return keysOf(before, after).flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  return [after === undefined ? { path } : { path, value: after }];
};

const jqPath = (path: DataChange['path']): string =>
  path
    .map((step, index) => {
      if (typeof step === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/u.test(step)) return `.${step}`;
      return `${index === 0 ? '.' : ''}[${wellFormedJson(step)}]`;
    })
    .join('');

/**
 * Writes a jq program that makes the changes, keeps the rest, and removes what Consul adds itself. JSON is valid jq:
 * `\\(` would interpolate, but JSON never leaves a backslash alone before a bracket.
 */
export const jqProgram = (changes: readonly DataChange[]): string =>
  [
    'del(.CreateIndex, .ModifyIndex, .Hash)',
    ...changes.map(({ path, value }) =>
      value === undefined ? `del(${jqPath(path)})` : `${jqPath(path)} = ${wellFormedJson(value)}`,
    ),
  ].join(' | ');

/**
 * Returns only the changed parts, as nested data to put into the entry: of a list, the changed items with their names.
 * Undefined where nothing but removals is left of a part.
 */
export const changedPart = (before: Data, after: Data): Data => {
  if (before === after) return undefined;
  if (Array.isArray(before) && Array.isArray(after)) {
    const { kept, added } = align(before, after);
    const changed = kept.flatMap(({ old, item }) => {
      const part = changedPart(old, item);
      if (part === undefined) return [];
      return [isDataObject(part) && nameOf(item) !== undefined ? { Name: nameOf(item), ...part } : part];
    });
    const parts = [...changed, ...added];
    return parts.length === 0 ? undefined : parts;
  }
  if (!isDataObject(before) || !isDataObject(after)) return after;
  const parts = keysOf(before, after)
    .map((key) => [key, changedPart(before[key], after[key])] as const)
    .filter(([, part]) => part !== undefined);
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
};
