import { type Definition } from './definitions.store';
import { matchClusters } from './parse-digest';
import { type Actor, actorOf } from '../../access/actor';
import type { Authorizer } from '../../access/authorizer';
import type { Config } from '../../config/config';
import type { SlackAnswer } from '../../slack/api/call';

/** A digest runs as its owner, in its channel. */
const ownerOf = (definition: Definition): Actor => actorOf({ ...definition, user: definition.owner });

/** Returns the clusters that a person may have a digest of. Asks Slack if necessary. */
export const digestClusters = async (
  actor: Actor,
  clusters: readonly string[],
  { authorizer }: { readonly authorizer: Authorizer },
): Promise<SlackAnswer<readonly string[]>> => {
  const visible: string[] = [];
  for (const cluster of clusters) {
    const answer = await authorizer.authorize(actor, { command: 'digest', clusters: [cluster] });
    if (!answer.ok) return answer;
    if (answer.value.kind === 'allowed') visible.push(cluster);
  }
  return { ok: true, value: visible };
};

/** The present clusters of a digest. */
export interface Scope {
  /** False if its owner has access to none of its clusters, or has left. */
  readonly allowed: boolean;
  readonly clusters: readonly string[];
  /** Its clusters that the owner has no access to. */
  readonly denied: readonly string[];
  /** Words that match no configured cluster. */
  readonly gone: readonly string[];
}

/** Decides what a digest may show, by the present configuration and the present access of its owner. */
export const digestScope = async (
  definition: Definition,
  services: { readonly authorizer: Authorizer; readonly config: Config },
): Promise<SlackAnswer<Scope>> => {
  const { clusters, gone } = matchClusters(definition.clusters, [...services.config.clusters.keys()]);
  const owner = ownerOf(definition);
  const visible = await digestClusters(owner, clusters, services);
  if (!visible.ok) return visible;
  const seen = new Set(visible.value);
  const denied = clusters.filter((cluster) => !seen.has(cluster));
  if (clusters.length > 0) {
    return { ok: true, value: { allowed: seen.size > 0, clusters: visible.value, denied, gone } };
  }
  const answer = await services.authorizer.authorize(owner, { command: 'digest', clusters: [] });
  if (!answer.ok) return answer;
  return { ok: true, value: { allowed: answer.value.kind === 'allowed', clusters: [], denied, gone } };
};
