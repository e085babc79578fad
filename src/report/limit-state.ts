import type { ClusterState, StateRow } from './cluster-state';

/** Maximum characters of one value that is stored; of a larger one, only the hash is. */
const maxValue = 32_768;

type Hash = (text: string) => string;

interface Sized {
  readonly row: StateRow;
  readonly short: StateRow;
  readonly characters: number;
  readonly shortCharacters: number;
}

const measure = (row: StateRow, hash: Hash): Sized => {
  const text = JSON.stringify(row.value ?? null);
  const { value: _, withheld, ...rest } = row;
  const base = { ...rest, hash: hash(text) };
  // Names can be long: where nothing but a hash is stored, it is the whole row that counts.
  const short = withheld === undefined ? base : { ...base, withheld: withheld.slice(0, 1) };
  const shortCharacters = JSON.stringify(short).length + 1;
  const whole = { ...row, hash: base.hash };
  return { row: whole, short, characters: JSON.stringify(whole).length + 1, shortCharacters };
};

/**
 * Returns a state that takes about `maxCharacters` as JSON, with a hash of each value. Where it would take more, the largest
 * values are left out, so that their changes show only as such; then rows are, from the end, and counted.
 */
export const limitState = (state: ClusterState, maxCharacters: number, hash: Hash): ClusterState => {
  const parts = [state, ...state.otherSides.map((other) => other.state)];
  const sized = parts.map(({ rows }) => rows.map((row) => measure(row, hash)));
  const isShort = new Set<Sized>(
    sized.flat().filter(({ row }) => JSON.stringify(row.value ?? null).length > maxValue),
  );
  const sizeOf = (one: Sized): number => (isShort.has(one) ? one.shortCharacters : one.characters);
  let total = sized.flat().reduce((sum, one) => sum + sizeOf(one), 0);
  for (const one of sized.flat().sort((a, b) => b.characters - a.characters)) {
    if (total <= maxCharacters) break;
    if (isShort.has(one)) continue;
    isShort.add(one);
    total -= one.characters - one.shortCharacters;
  }
  let room = maxCharacters;
  const limited = parts.map((part, index) => {
    const rows: StateRow[] = [];
    for (const one of sized[index] ?? []) {
      if (sizeOf(one) > room) break;
      room -= sizeOf(one);
      rows.push(isShort.has(one) ? one.short : one.row);
    }
    const leftOut = part.leftOut + part.rows.length - rows.length;
    const { takenAt, visibility } = part;
    return { takenAt, visibility: leftOut > 0 ? onlyPartial(visibility) : visibility, rows, leftOut };
  });
  const [own, ...others] = limited;
  return {
    ...(own ?? state),
    otherSides: state.otherSides.map(({ peer, cluster }, index) => ({
      peer,
      cluster,
      state: others[index] ?? { ...state, rows: [] },
    })),
  };
};

/** Rows that are not stored are not known to be gone. */
const onlyPartial = (visibility: ClusterState['visibility']): ClusterState['visibility'] =>
  Object.fromEntries(
    Object.entries(visibility).map(([section, one]) => [section, one === 'hidden' ? one : 'partial']),
  );
