import { type Definition } from './definitions.store';
import { matchClusters, matchesAny } from '../../config/match-clusters';
import { isOwnerSelector, type Owners } from '../../config/owner-selectors';
import { type Actor, actorOf } from '../../access/actor';
import type { Authorizer } from '../../access/authorizer';
import { visibleClusters } from '../../access/visible-clusters';
import type { Config } from '../../config/config';
import { success } from '../../result';
import type { SlackAnswer } from '../../slack/api/call';

/** Makes the actor of a digest: its owner, in its channel. */
const ownerOf = (definition: Definition): Actor => actorOf({ ...definition, user: definition.owner });

/** The present clusters of a digest. */
export interface Scope {
  /** False if its owner has access to none of its clusters, or has left. */
  readonly allowed: boolean;
  readonly clusters: readonly string[];
  /** Its clusters that the owner has no access to. */
  readonly denied: readonly string[];
  /** Words that match no configured cluster. */
  readonly gone: readonly string[];
  /** The definition's words that match a cluster which the owner has access to, or none. */
  readonly words: readonly string[];
  /** All clusters that the owner may see. Those that are other sides of a peering are read too. */
  readonly otherSides: readonly string[];
}

/** Keeps the words of a digest that match a cluster that is visible to the reader: others may name a cluster that is not. */
export const visibleWords = (
  words: readonly string[],
  visible: readonly string[],
  owners: Owners,
): readonly string[] => words.filter((word) => matchesAny(word, visible, owners));

/**
 * Matches the words of a digest with the present clusters. A word that selects by owner or label only selects among those
 * that the owner of the digest has access to: nobody learns the owner or the labels of another cluster from it.
 */
const matchPresent = (
  { clusters: words }: Definition,
  visible: readonly string[],
  { clusters, owners }: Pick<Config, 'clusters' | 'owners'>,
): { readonly clusters: readonly string[]; readonly gone: readonly string[] } => {
  const matches = words.map((word) =>
    matchClusters([word], isOwnerSelector(word) ? visible : [...clusters.keys()], owners),
  );
  return {
    clusters: [...new Set(matches.flatMap((one) => one.clusters))],
    gone: matches.flatMap(({ gone }) => gone),
  };
};

/** Decides what a digest may show, by the present configuration and the present access of its owner. */
export const digestScope = async (
  definition: Definition,
  services: { readonly authorizer: Authorizer; readonly config: Config },
): Promise<SlackAnswer<Scope>> => {
  const owner = ownerOf(definition);
  const answer = await visibleClusters(owner, 'digest', services);
  if (!answer.ok) return answer;
  const otherSides = answer.value;
  const { owners } = services.config;
  const { clusters: matched, gone } = matchPresent(definition, otherSides, services.config);
  const clusters = matched.filter((cluster) => otherSides.includes(cluster));
  const denied = matched.filter((cluster) => !otherSides.includes(cluster));
  const words = definition.clusters.filter(
    (word) => gone.includes(word) || matchesAny(word, otherSides, owners),
  );
  const scope = { clusters, denied, gone, words, otherSides };
  const revealsNothing = otherSides.length === 0 && definition.clusters.some(isOwnerSelector);
  if (matched.length > 0 || revealsNothing) return success({ ...scope, allowed: clusters.length > 0 });
  const general = await services.authorizer.authorize(owner, { command: 'digest', clusters: [] });
  if (!general.ok) return general;
  return success({ ...scope, allowed: general.value.kind === 'allowed' });
};

/**
 * Lists the clusters that a person needs a permission for to change the digest of another: all of the configuration
 * where it selects none at present, as its words may be about clusters that the person must not know of.
 */
export const clustersToChange = (
  words: readonly string[],
  names: readonly string[],
  owners: Owners,
): readonly string[] => {
  const { clusters } = matchClusters(words, names, owners);
  return clusters.length > 0 ? clusters : names;
};
