/** The letters of the grid. Each is one column wide, also in fonts with few letters. */
export const signs = {
  self: '·',
  active: '●',
  pending: '◌',
  broken: '✕',
  missing: '–',
  unknown: '?',
} as const;
type PeerSign = keyof typeof signs;

const pending = new Set(['PENDING', 'ESTABLISHING']);

/** Returns the sign for a peering's state; null if its cluster was never checked. */
export const signOf = (state: string | null): PeerSign => {
  if (state === null) return 'unknown';
  if (state === 'ACTIVE') return 'active';
  if (state === '') return 'missing';
  return pending.has(state) ? 'pending' : 'broken';
};
