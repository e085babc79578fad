import { isDataObject } from './entry-data';
import type { Data } from './hcl';
import { wellFormedJson } from './text';

/** One change at a path: a new value, or a removal where there is no value. */
export interface DataChange {
  readonly path: readonly (string | number)[];
  readonly value?: Data;
}

const listChanges = (
  before: readonly Data[],
  after: readonly Data[],
  path: DataChange['path'],
): DataChange[] => {
  const shared = before
    .slice(0, after.length)
    .flatMap((old, at) => differences(old, after[at], [...path, at]));
  const added = after.slice(before.length).map((value, n) => ({ path: [...path, before.length + n], value }));
  // The last items are removed first, so that the indexes of the others stay valid.
  const removed = before.slice(after.length).map((_, n) => ({ path: [...path, after.length + n] }));
  return [...shared, ...added, ...removed.reverse()];
};

/** Returns the fewest changes that turn `before` into `after`, in an order in which they can be applied. */
export const differences = (before: Data, after: Data, path: DataChange['path'] = []): DataChange[] => {
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  if (isDataObject(before) && isDataObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  if (before === after) return [];
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

/** Returns only the changed parts, as nested data to put into the entry. Of a list, only the changed items. */
export const changedPart = (after: Data, changes: readonly DataChange[]): Data => {
  if (changes.some(({ path }) => path.length === 0)) return after;
  const steps = [...new Set(changes.map(({ path }) => path[0]))];
  const below = (step: string | number | undefined): DataChange[] =>
    changes
      .filter(({ path }) => path[0] === step)
      .map((change) => ({ ...change, path: change.path.slice(1) }));
  if (Array.isArray(after))
    return steps.map((step) => changedPart(after[step as number] as Data, below(step)));
  if (!isDataObject(after)) return after;
  return Object.fromEntries(steps.map((step) => [step, changedPart(after[step as string], below(step))]));
};
