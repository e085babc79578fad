import { matchesGlob } from './match-glob';
import { isOwnerSelector, type Owners, selectByOwner } from './owner-selectors';

/** Tells whether a word is a pattern rather than the name of a cluster. */
export const isPattern = (word: string): boolean =>
  word === 'all' || /[*?]/.test(word) || isOwnerSelector(word);

/** Tells whether a name or a pattern matches one of these clusters. */
export const matchesAny = (word: string, names: readonly string[], owners: Owners): boolean =>
  matchClusters([word], names, owners).clusters.length > 0;

/**
 * Returns the clusters among `names` that words match, and the words that match none. `owners` decides which clusters a
 * word selects by owner or label.
 */
export const matchClusters = (
  words: readonly string[],
  names: readonly string[],
  owners: Owners,
): { readonly clusters: readonly string[]; readonly gone: readonly string[] } => {
  const matched = (word: string): readonly string[] => {
    if (names.includes(word)) return [word];
    if (word === 'all') return names;
    if (isOwnerSelector(word)) return selectByOwner(word, names, owners);
    return isPattern(word) ? names.filter((name) => matchesGlob(word, name)) : [];
  };
  return {
    clusters: [...new Set(words.flatMap(matched))],
    gone: words.filter((word) => word !== 'all' && matched(word).length === 0),
  };
};
