import { readInLane } from '../../clusters/fleet-lane';
import type { PeeringsAnswer } from '../../clusters/process-messages';
import type { ClusterConfig } from '../../config/config';
import { addOtherSides } from '../../config/other-sides';
import type { JobOutcome } from '../../queue/define';
import { pairPeerings, type PeeringsRead } from '../../report/peerings';
import { withClusterSlot } from '../../slack/cluster-request';
import { openFleetProgress } from '../../slack/fleet-progress';
import { matchVisible } from '../../slack/match-visible';
import { defineRequestJob } from '../../slack/request-job';
import { renderPeerings } from './peerings.message';
import { type PeeringsContext, PeeringsRequest, type PeeringsServices } from './peerings-request';
import { shareSignal } from '../../share-signal';

/** Reads the peerings of several clusters and of their other sides, as far as the requester may see those. */
export const listPeeringsJob = defineRequestJob<PeeringsRequest, PeeringsServices>({
  name: 'list-peerings',
  queue: 'checks',
  payload: PeeringsRequest,
  options: { attempts: 3, backoffMs: 2000 },

  describe: () => 'list of peerings',

  handle: async (context) => {
    const matched = await matchVisible('peerings', context);
    if (!matched.ok) return matched.error;
    const { clusters, visible } = matched.value;
    const ran = await withClusterSlot({ name: 'fleet' }, context.fleetSlots, () =>
      answerPeerings(clusters, visible, context),
    );
    return ran.ok ? ran.value : ran.error;
  },
});

const answerPeerings = async (
  clusters: readonly ClusterConfig[],
  visible: readonly string[],
  context: PeeringsContext,
): Promise<JobOutcome> => {
  const { signal, payload, reply, config } = context;
  const all = addOtherSides(clusters, config, (name) => visible.includes(name));
  const onDone = openFleetProgress(all.length, context);
  shareSignal(signal);
  let done = 0;
  const read = await Promise.all(
    all.map(async (cluster): Promise<PeeringsRead> => {
      const answer = await readOne(cluster, context);
      done += 1;
      onDone(done);
      const shown = Object.entries(cluster.peers).filter(([, name]) => visible.includes(name));
      return {
        cluster: cluster.name,
        others: Object.fromEntries(shown),
        peers: answer?.ok === true ? answer.value : null,
        problem: answer === undefined || answer.ok ? '' : answer.error.message,
      };
    }),
  );
  if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
  const list = pairPeerings(
    clusters.map(({ name }) => name),
    read,
    new Date().toISOString(),
  );
  return reply.finish(renderPeerings(list, { words: payload.words, requestedBy: payload.user }), 'answered');
};

/** Reads one cluster; undefined if the run was aborted before. */
const readOne = async (
  cluster: ClusterConfig,
  context: PeeringsContext,
): Promise<PeeringsAnswer | undefined> => {
  const { id: requestId, signal, reach, listPeerings } = context;
  const reached = await reach(cluster, signal);
  return reached.ok
    ? readInLane(cluster, context, () => listPeerings(cluster, { requestId, signal }))
    : reached;
};
