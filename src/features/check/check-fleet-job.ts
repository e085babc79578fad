import { peerNamePattern } from '../../consul/peer-name';
import { isPattern } from '../../config/match-clusters';
import type { JobOutcome } from '../../queue/define';
import { withClusterSlot } from '../../slack/cluster-request';
import { openFleetProgress } from '../../slack/fleet-progress';
import { findVisible, matchAmong } from '../../slack/match-visible';
import { createReply } from '../../slack/reply';
import { defineRequestJob } from '../../slack/request-job';
import { renderNoPeerName } from './check-usage';
import { describeCheck, runCheckOf } from './check-cluster';
import { renderFleetAnswer } from './fleet.message';
import { type FleetContext, FleetRequest, type FleetServices } from './fleet-request';
import { readFleet } from './read-fleet';

/**
 * Checks several clusters in one job, whose rows are stored as they come: if its worker dies, the next one continues with
 * the clusters that have no row, and there is one answer.
 */
export const checkFleetJob = defineRequestJob<FleetRequest, FleetServices>({
  name: 'check-fleet',
  queue: 'checks',
  payload: FleetRequest,
  options: { attempts: 3, backoffMs: 2000 },

  describe: ({ words }) => `check of ${words.join(' ')}`.slice(0, 150),

  handle: async (context) => {
    const { payload, reply } = context;
    const found = await findVisible('check', context);
    if (!found.ok) return found.error;
    const visible = found.value;
    const peer = await peerIn(payload.words, visible, context);
    if (peer !== undefined)
      return peerNamePattern.test(peer.peer)
        ? checkWithPeer(peer, context)
        : reply.privately(renderNoPeerName(peer.peer), 'refused');
    const matched = await matchAmong(visible, context);
    if (!matched.ok) return matched.error;
    const ran = await withClusterSlot({ name: 'fleet' }, context.fleetSlots, () =>
      answerAll(matched.value.clusters, visible, context),
    );
    return ran.ok ? ran.value : ran.error;
  },
});

const answerAll = async (
  clusters: Parameters<typeof readFleet>[0],
  visible: readonly string[],
  context: FleetContext,
): Promise<JobOutcome> => {
  const { id, since, signal, payload, reply } = context;
  const onDone = openFleetProgress(clusters.length, context);
  const lines = await readFleet(clusters, { visible, onDone }, context);
  if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
  const now = Date.now();
  const notReady = lines.filter(({ verdict }) => verdict === 'not-ready').map(({ cluster }) => cluster);
  const facts = {
    words: payload.words,
    short: payload.short,
    requestedBy: payload.user,
    requestId: id,
    at: new Date(now).toISOString(),
    tookMs: now - since,
    lines,
    incidents: await context.incidents.of(notReady, now),
  };
  return reply.finish(renderFleetAnswer(facts), 'answered');
};

/** A cluster, and the name after it. */
interface ClusterAndPeer {
  readonly cluster: string;
  readonly peer: string;
}

/**
 * Tells whether two names are a cluster and one of its peerings, rather than two clusters. A name that is no cluster
 * which the person may see is read like one that is no cluster at all.
 */
const peerIn = async (
  [cluster, peer, ...others]: readonly string[],
  visible: readonly string[],
  { reports }: Pick<FleetContext, 'reports'>,
): Promise<ClusterAndPeer | undefined> => {
  if (cluster === undefined || peer === undefined || others.length > 0) return undefined;
  if (!visible.includes(cluster) || (isPattern(peer) && !visible.includes(peer))) return undefined;
  if (!visible.includes(peer)) return { cluster, peer };
  const latest = (await reports.latest([cluster])).get(cluster);
  return latest?.peers?.some(({ name }) => name === peer) === true ? { cluster, peer } : undefined;
};

/** Goes on as the check of one cluster with one peer. */
const checkWithPeer = ({ cluster, peer }: ClusterAndPeer, context: FleetContext): Promise<JobOutcome> => {
  const { words: _, short: __, ...requester } = context.payload;
  const payload = { ...requester, cluster, peer };
  return runCheckOf({
    ...context,
    payload,
    reply: createReply(payload, context, context, describeCheck(payload)),
  });
};
