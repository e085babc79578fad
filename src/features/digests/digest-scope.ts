import { type Definition } from './definitions.store';
import { matchClusters } from '../../config/match-clusters';
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
export const visibleWords = (words: readonly string[], visible: readonly string[]): readonly string[] =>
  words.filter((word) => matchClusters([word], visible).clusters.length > 0);

/** Decides what a digest may show, by the present configuration and the present access of its owner. */
export const digestScope = async (
  definition: Definition,
  services: { readonly authorizer: Authorizer; readonly config: Config },
): Promise<SlackAnswer<Scope>> => {
  const owner = ownerOf(definition);
  const answer = await visibleClusters(owner, 'digest', services);
  if (!answer.ok) return answer;
  const otherSides = answer.value;
  const { clusters: matched, gone } = matchClusters(definition.clusters, [
    ...services.config.clusters.keys(),
  ]);
  const clusters = matched.filter((cluster) => otherSides.includes(cluster));
  const denied = matched.filter((cluster) => !otherSides.includes(cluster));
  const words = definition.clusters.filter(
    (word) => gone.includes(word) || visibleWords([word], otherSides).length > 0,
  );
  const scope = { clusters, denied, gone, words, otherSides };
  if (matched.length > 0) return success({ ...scope, allowed: clusters.length > 0 });
  const general = await services.authorizer.authorize(owner, { command: 'digest', clusters: [] });
  if (!general.ok) return general;
  return success({ ...scope, allowed: general.value.kind === 'allowed' });
};
