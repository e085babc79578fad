import { findNearestName } from '../../find-nearest-name';
import { failure, type Result, success } from '../../result';
import { fieldName, knownFields, listFields, opaqueMaps, userMaps } from './field-names';
import type { FileProblem, Located } from './located';

/** A map of a file in Consul's spelling, with the line of each value by its path, such as `Services.0.Name`. */
export interface OverlayData {
  readonly value: Readonly<Record<string, unknown>>;
  readonly line: number;
  readonly lines: ReadonlyMap<string, number>;
}

const plain = (node: Located): unknown => {
  if (node.kind === 'leaf') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries(node.fields.map(({ key, value }) => [key, plain(value)]));
};

/** Rejects a misspelled field, as Consul does. A field that resembles no known one may be new, and is kept. */
const nameOf = (key: string, line: number): Result<string, FileProblem> => {
  const known = fieldName(key);
  if (known !== undefined) return success(known);
  const meant = findNearestName(key.replaceAll('_', ''), knownFields);
  return meant === undefined
    ? success(key.charAt(0).toUpperCase() + key.slice(1))
    : failure({
        line,
        message: `unknown field ${JSON.stringify(key.slice(0, 60))}; did you mean "${meant}"?`,
      });
};

/** Rewrites a map of a file into Consul's spelling, and notes where each value is. */
export const toOverlayData = (root: Located & { readonly kind: 'map' }): Result<OverlayData, FileProblem> => {
  const lines = new Map<string, number>();
  let problem: FileProblem | undefined;
  const walk = (node: Located, path: string, field: string): unknown => {
    lines.set(path, node.line);
    if (node.kind === 'leaf') return node.value;
    if (node.kind === 'list') {
      // HCL 1 decodes a block as a list of one, also where a map belongs.
      return node.items.map((item, index) =>
        walk(item, path === '' ? `${index}` : `${path}.${index}`, field),
      );
    }
    if (opaqueMaps.has(field)) return plain(node);
    const isUserMap = userMaps.has(field);
    const pairs = node.fields.map(({ key, line, value }) => {
      const name = isUserMap ? success(key) : nameOf(key, line);
      if (!name.ok) problem ??= name.error;
      const own = name.ok ? name.value : key;
      const at = path === '' ? own : `${path}.${own}`;
      const inner = walk(value, at, isUserMap ? '' : own);
      const isAlone = !isUserMap && listFields.has(own) && value.kind !== 'list' && inner !== null;
      return [own, isAlone ? [inner] : inner] as const;
    });
    return Object.fromEntries(pairs);
  };
  const value = walk(root, '', '') as Readonly<Record<string, unknown>>;
  return problem ? failure(problem) : success({ value, line: root.line, lines });
};

/** The line of a path, or of the nearest part of it that the file has. */
export const lineAt = ({ lines, line }: OverlayData, path: readonly PropertyKey[]): number => {
  for (let length = path.length; length > 0; length -= 1) {
    const found = lines.get(path.slice(0, length).map(String).join('.'));
    if (found !== undefined) return found;
  }
  return line;
};
