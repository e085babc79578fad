import { checkCluster } from './check-cluster';
import { checkKey, type CheckRequest } from './check-request';
import { peerNamePattern } from '../../consul/peer-name';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { defineCommand, type SlackContext } from '../../slack/define';
import { queueProblem } from '../../slack/queue-problem';
import { requesterOf } from '../../slack/requester';

export const checkCommand = defineCommand()({
  name: 'check',
  usage: 'check CLUSTER [PEER]',
  summary: 'checks whether a cluster is ready for peering, with all its peers or with one',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'peer', kind: 'word', optional: true },
  ],
  decidedBy: 'job',
  access: ({ cluster }) => [cluster],
  run: async ({ args: { cluster, peer }, ...context }) => {
    if (peer !== undefined && !peerNamePattern.test(peer)) {
      return renderFailure({
        kind: 'usage',
        problem: `"${peer}" is not a valid peering name: use lowercase letters, digits and dashes`,
        usage: '/peering check CLUSTER [PEER]',
      });
    }
    return queueCheck({ cluster, peer: peer ?? null }, context);
  },
});

/**
 * Queues a check; returns a message if it could not, or if the same check is already running. Only people who are known
 * to have the permission learn here that a check is running; all others learn it after their job has asked Slack.
 */
export const queueCheck = async (
  { cluster, peer }: Pick<CheckRequest, 'cluster' | 'peer'>,
  context: SlackContext,
): Promise<Message | undefined> => {
  const request = { cluster, peer, ...requesterOf(context) };
  const permission = { command: 'check', clusters: [cluster] } as const;
  const mayJoin = context.authorizer.decide(context.actor, permission).kind === 'allowed';
  const key = mayJoin ? checkKey(request) : undefined;
  const queued = await context.enqueue(checkCluster, request, { key });
  return queued.kind === 'joined' ? renderFailure({ kind: 'joined', cluster }) : queueProblem(queued);
};
