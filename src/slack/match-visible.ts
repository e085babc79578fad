import { actorOf } from '../access/actor';
import { visibleClusters } from '../access/visible-clusters';
import type { CommandName } from '../config/commands';
import type { ClusterConfig, Config } from '../config/config';
import { matchClusters } from '../config/match-clusters';
import type { JobOutcome } from '../queue/define';
import { failure, type Result, success } from '../result';
import type { RequestContext } from './request-job';
import type { Requester } from './requester';
import { renderNoMatch } from './unknown-cluster';

/** The clusters that a request selects. */
interface MatchedClusters {
  readonly clusters: readonly ClusterConfig[];
  /** All that the requester may see. */
  readonly visible: readonly string[];
}

type Context = RequestContext<Requester & { readonly words: readonly string[] }, { readonly config: Config }>;

/** Lists the clusters that the requester may see: the first step of a job about several. */
export const findVisible = async (
  command: CommandName,
  { payload, reply, config, authorizer }: Context,
): Promise<Result<readonly string[], JobOutcome>> => {
  const refused = await reply.refuseUnless({ command, clusters: [] });
  if (refused) return failure(refused);
  const answer = await visibleClusters(actorOf(payload), command, { config, authorizer });
  if (answer.ok) return answer;
  return failure(
    answer.error.kind === 'refused' ? await reply.internalError('undecided') : reply.failed(answer.error),
  );
};

/**
 * Selects the clusters that the words of a request match, among those that the requester may see; refuses if a word
 * matches none. A hidden cluster is like one that does not exist.
 */
export const matchVisible = async (
  command: CommandName,
  context: Context,
): Promise<Result<MatchedClusters, JobOutcome>> => {
  const visible = await findVisible(command, context);
  return visible.ok ? matchAmong(visible.value, context) : visible;
};

/** Does the second step of `matchVisible`. */
export const matchAmong = async (
  visible: readonly string[],
  { payload, reply, config }: Pick<Context, 'payload' | 'reply' | 'config'>,
): Promise<Result<MatchedClusters, JobOutcome>> => {
  const { clusters, gone } = matchClusters(payload.words, visible, config.owners);
  const [unmatched = 'all'] = gone;
  if (gone.length > 0 || clusters.length === 0)
    return failure(await reply.privately(renderNoMatch(unmatched, visible, config), 'refused'));
  return success({ visible, clusters: clusters.flatMap((name) => config.clusters.get(name) ?? []) });
};
