import { type Definition } from './definitions.store';
import { clustersOf } from './parse-digest';
import type { Actor } from '../../access/access';
import type { SlackAnswer } from '../../slack/api/call';
import type { JobTools } from '../job-tools';

/** Who acts where a digest runs: its owner, in its channel. */
const ownerOf = ({ owner, team, organisation, channel }: Definition): Actor => ({
  user: owner,
  team,
  channel,
  ...(organisation === undefined ? {} : { organisation }),
});

/** Which of these clusters a person may have a digest of. Asks Slack where necessary. */
export const visibleTo = async (
  actor: Actor,
  clusters: readonly string[],
  { authorizer }: Pick<JobTools, 'authorizer'>,
): Promise<SlackAnswer<readonly string[]>> => {
  const visible: string[] = [];
  for (const cluster of clusters) {
    const answer = await authorizer.authorize(actor, { command: 'digest', clusters: [cluster] });
    if (!answer.ok) return answer;
    if (answer.value.kind === 'allowed') visible.push(cluster);
  }
  return { ok: true, value: visible };
};

/** What a digest is about now. */
export interface Scope {
  /** False: its owner may see none of its clusters, or has left. */
  readonly allowed: boolean;
  readonly clusters: readonly string[];
  /** Of those that it could be about, the ones that its owner may not see. */
  readonly denied: readonly string[];
  /** Words that stand for no configured cluster. */
  readonly gone: readonly string[];
}

/** Decides anew what a digest may show: by the configuration and its owner's rights as they are now. */
export const scopeOf = async (
  definition: Definition,
  tools: Pick<JobTools, 'authorizer' | 'config'>,
): Promise<SlackAnswer<Scope>> => {
  const { clusters, gone } = clustersOf(definition.clusters, [...tools.config.clusters.keys()]);
  const owner = ownerOf(definition);
  const visible = await visibleTo(owner, clusters, tools);
  if (!visible.ok) return visible;
  const seen = new Set(visible.value);
  const denied = clusters.filter((cluster) => !seen.has(cluster));
  if (clusters.length > 0) {
    return { ok: true, value: { allowed: seen.size > 0, clusters: visible.value, denied, gone } };
  }
  const answer = await tools.authorizer.authorize(owner, { command: 'digest', clusters: [] });
  if (!answer.ok) return answer;
  return { ok: true, value: { allowed: answer.value.kind === 'allowed', clusters: [], denied, gone } };
};
