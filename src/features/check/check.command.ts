import { type FormServices, openCommandForm } from '../../slack/command-form';
import { checkForm } from './check-form';
import { peerNamePattern } from '../../consul/peer-name';
import { isPattern } from '../../config/match-clusters';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { defineCommand, type SlackContext } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';
import { checkCluster } from './check-cluster';
import { type CheckRequest, checkRequestKey } from './check-request';
import { checkUsage, renderNoPeerName } from './check-usage';
import { queueFleet } from './queue-fleet';
import { queueForetold } from './queue-foretold';

/** Slack turns two dashes into a long one. */
const shortFlag = /^(?:--?|[\u2013\u2014])short$/;

export const checkCommand = defineCommand<FormServices>()({
  name: 'check',
  usage: checkUsage,
  summary:
    'checks whether a cluster is ready for peering, with all its peers or with one; or several at once',
  args: [
    { name: 'cluster', kind: 'pattern' },
    { name: 'others', kind: 'words', optional: true },
  ],
  decidedBy: 'job',
  // Of a pattern, the job selects the clusters that the person may see.
  access: ({ cluster, others }) => (isOne(cluster, others) ? [cluster] : []),
  run: async (context) => {
    const { cluster, others = [] } = context.args;
    const words = others.filter((word) => !shortFlag.test(word));
    const short = words.length < others.length;
    const [peer] = words;
    if (context.files !== undefined) {
      return isPattern(cluster) || words.length > 0
        ? renderFailure(oneClusterOnly)
        : queueForetold(cluster, context.files, context);
    }
    if (isPattern(cluster) && !context.config.clusters.has(cluster))
      return queueFleet({ words: [cluster, ...words], short }, context);
    if (peer === undefined) return queueCheck({ cluster, peer: null }, context);
    const { clusters } = context.config;
    const isCluster = isPattern(peer) || clusters.has(peer);
    const isPeer = Object.hasOwn(clusters.get(cluster)?.peers ?? {}, peer);
    // The job decides what a second name is if it may be a cluster, since the person may not see that one.
    if (words.length > 1 || (isCluster && !isPeer))
      return queueFleet({ words: [cluster, ...words], short }, context);
    return peerNamePattern.test(peer) ? queueCheck({ cluster, peer }, context) : renderNoPeerName(peer);
  },
  form: ({ args: { cluster }, ...context }) => openCommandForm(checkForm, context, cluster),
});

const oneClusterOnly = {
  kind: 'usage',
  problem: 'files are laid over one cluster: name that alone',
  usage: '@peering-bot check CLUSTER, with the files',
} as const;

const isOne = (cluster: string, others: readonly string[] = []): boolean =>
  !isPattern(cluster) && others.filter((word) => !shortFlag.test(word)).length <= 1;

/**
 * Queues a check; returns a message if it could not, or if the person's own check is already running there. People who are
 * not known to have the permission learn nothing here, and nobody does of the checks of others: their job says it.
 */
export const queueCheck = async (
  { cluster, peer }: Pick<CheckRequest, 'cluster' | 'peer'>,
  context: SlackContext,
): Promise<Message | undefined> => {
  const request = { cluster, peer, ...requesterOf(context) };
  const permission = { command: 'check', clusters: [cluster] } as const;
  const mayJoin = context.authorizer.decide(context.actor, permission).kind === 'allowed';
  const key = mayJoin ? checkRequestKey(request) : undefined;
  const queued = await context.enqueue(checkCluster, request, { key });
  return queued.kind === 'joined' ? renderFailure({ kind: 'joined', cluster }) : queueProblem(queued);
};
