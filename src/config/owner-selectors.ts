import type { OwnerConfig } from './config';
import { suggestName } from './suggest-name';

/** The owner of each cluster that has one; undefined if none has. */
export type Owners = ReadonlyMap<string, OwnerConfig> | undefined;

/** Tells whether a word selects clusters by their owner or by a label. No cluster has such a name. */
export const isOwnerSelector = (word: string): boolean => /^(?:owner|label):/.test(word);

const isSelected = (word: string, { name, usergroup, labels }: OwnerConfig): boolean => {
  const value = word.slice(word.indexOf(':') + 1);
  if (word.startsWith('owner:')) return value === name || value === usergroup;
  const [label = '', expected] = value.split(/=(.*)/s);
  return Object.hasOwn(labels, label) && (expected === undefined || labels[label] === expected);
};

/** Lists the clusters among `names` that a word selects by owner or label. */
export const selectByOwner = (word: string, names: readonly string[], owners: Owners): readonly string[] =>
  names.filter((name) => {
    const owner = owners?.get(name);
    return owner !== undefined && isSelected(word, owner);
  });

/** Lists the words that select some of these clusters, by their owners and labels. */
export const ownerSelectors = (names: readonly string[], owners: Owners): readonly string[] => [
  ...new Set(
    names.flatMap((cluster) => {
      const owner = owners?.get(cluster);
      if (owner === undefined) return [];
      const { name, usergroup, labels } = owner;
      return [
        `owner:${name ?? usergroup}`,
        ...Object.entries(labels).flatMap(([label, value]) => [`label:${label}=${value}`, `label:${label}`]),
      ];
    }),
  ),
];

/**
 * Returns the name or the selector that was most likely meant by a word that matches no cluster, or that may not stand
 * there. It reveals nothing about other clusters than `names`: those that the reader may see.
 */
export const suggestSelector = (
  word: string,
  names: readonly string[],
  owners: Owners,
): string | undefined => {
  const candidates = word.includes(':') ? ownerSelectors(names, owners) : names;
  return suggestName(
    word,
    candidates.filter((candidate) => candidate !== word),
  );
};
