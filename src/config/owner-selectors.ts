import type { OwnerConfig } from './config';

/** Words that select clusters by their owner: `owner:NAME`, `label:team=payments`, `label:team`. */

type Owners = ReadonlyMap<string, OwnerConfig>;

/** Tells whether a word selects clusters by their owner or by a label. No cluster has such a name. */
export const isOwnerSelector = (word: string): boolean => /^(?:owner|label):/.test(word);

const isSelected = (word: string, { name, usergroup, labels }: OwnerConfig): boolean => {
  const value = word.slice(word.indexOf(':') + 1);
  if (word.startsWith('owner:')) return value === name || value === usergroup;
  const [label = '', expected] = value.split(/=(.*)/s);
  return Object.hasOwn(labels, label) && (expected === undefined || labels[label] === expected);
};

/** Replaces the words that select by owner or label with the clusters that they select; those that select none stay. */
export const expandOwnerSelectors = (
  words: readonly string[],
  names: readonly string[],
  owners: Owners | undefined,
): readonly string[] =>
  words.flatMap((word) => {
    if (!isOwnerSelector(word)) return [word];
    const selected = names.filter((name) => {
      const owner = owners?.get(name);
      return owner !== undefined && isSelected(word, owner);
    });
    return selected.length === 0 ? [word] : selected;
  });

/** Lists the words that select some of these clusters, for suggestions. */
export const ownerSelectors = (names: readonly string[], owners: Owners | undefined): readonly string[] => [
  ...new Set(
    names.flatMap((cluster) => {
      const owner = owners?.get(cluster);
      if (owner === undefined) return [];
      const { name, usergroup, labels } = owner;
      return [
        `owner:${name ?? usergroup}`,
        ...Object.entries(labels).map(([label, value]) => `label:${label}=${value}`),
      ];
    }),
  ),
];
