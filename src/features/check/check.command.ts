import { checkCluster, checkKey } from './check-cluster';
import { peerName } from '../approvals/peer-name';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { type Asked, defineCommand, type SlackTools } from '../../slack/define';
import { requesterOf } from '../../slack/requester';

export const check = defineCommand({
  name: 'check',
  usage: 'check CLUSTER [PEER]',
  summary: 'checks whether a cluster is ready for peering, with all its peers or with one',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'peer', kind: 'word', optional: true },
  ],
  decidedBy: 'job',
  access: ({ cluster }) => [cluster],
  run: async ({ cluster, peer }, asked, tools) => {
    if (peer !== undefined && !peerName.test(peer)) {
      return renderFailure({
        kind: 'usage',
        problem: `"${peer}" is not a valid peering name: use lowercase letters, digits and dashes`,
        usage: '/peering check CLUSTER [PEER]',
      });
    }
    return queueCheck(cluster, peer ?? null, asked, tools);
  },
});

/** Queues a check; answers where it was not, or where the same one is already under way. */
export const queueCheck = async (
  cluster: string,
  peer: string | null,
  asked: Asked,
  { enqueue }: Pick<SlackTools, 'enqueue'>,
): Promise<Message | undefined> => {
  const request = { cluster, peer, ...requesterOf(asked) };
  const queued = await enqueue(checkCluster, request, { id: asked.id, key: checkKey(request) }, asked);
  if (queued.kind === 'failed') return renderFailure({ kind: 'queue-down' });
  return queued.kind === 'joined' ? renderFailure({ kind: 'joined', cluster }) : undefined;
};
