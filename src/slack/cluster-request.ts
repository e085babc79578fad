import type { Button } from '@slack/types';
import { actorOf } from '../access/actor';
import { visibleOrNone } from '../access/visible-clusters';
import { otherSidesOf } from '../config/other-sides';
import type { ClusterSlots } from '../clusters/cluster-slots';
import type { UnreadableCluster } from '../clusters/unreadable';
import type { CommandName } from '../config/commands';
import type { ClusterConfig, Config } from '../config/config';
import type { JobOutcome } from '../queue/define';
import { renderFailure } from '../render/slack/failure';
import { type ReadProgress, renderReadProgress } from '../render/slack/read-progress';
import { failure, type Result, success } from '../result';
import type { RequestContext } from './request-job';
import type { Requester } from './requester';

/** The steps that jobs of requests share which read one cluster. An error of a step ends this run of the job. */

interface ClusterRequest extends Requester {
  readonly cluster: string;
}

/** The services that reading a cluster for a request needs. */
export interface ClusterRequestServices {
  readonly config: Config;
  readonly clusterSlots: ClusterSlots;
}

interface ReadOptions {
  readonly requestId: string;
  /** Clusters that may also be read if they are the other side of a peering: those that the requester may see. */
  readonly otherSides: readonly string[];
  readonly signal: AbortSignal;
  /** Takes the number of finished and planned reads. */
  readonly onProgress: (done: number, total: number) => void;
}

interface ClusterRead<Value> {
  readonly command: CommandName;
  /** The work, as Slack's mrkdwn, for the message that shows progress. */
  readonly doing: string;
  readonly read: (options: ReadOptions) => Promise<Result<Value, UnreadableCluster>>;
  /** Shown with a failure. */
  readonly button?: Button | undefined;
}

/** Finds the cluster of a request, and decides about access to it: the first step of its job. */
export const findRequestedCluster = async (
  { payload, reply, config }: RequestContext<ClusterRequest, Pick<ClusterRequestServices, 'config'>>,
  command: CommandName,
): Promise<Result<ClusterConfig, JobOutcome>> => {
  const refused = await reply.refuseUnless({ command, clusters: [payload.cluster] });
  if (refused) return failure(refused);
  const cluster = config.clusters.get(payload.cluster);
  if (cluster === undefined) return failure(await reply.unknownCluster(payload.cluster, command, config));
  return success(cluster);
};

/** Does work that reads a cluster when the cluster has a slot; otherwise the job waits a second or two. */
export const withClusterSlot = async <Value>(
  cluster: Pick<ClusterConfig, 'name'>,
  clusterSlots: ClusterSlots,
  work: () => Promise<Value>,
): Promise<Result<Value, JobOutcome>> => {
  const done = clusterSlots.take(cluster.name, Date.now());
  // Frees the worker for other clusters meanwhile.
  if (done === undefined) {
    const afterMs = Math.round(1000 + 1000 * Math.random());
    return failure({ kind: 'delay', afterMs, waitsFor: 'cluster' });
  }
  return success(await work().finally(() => done(Date.now())));
};

/**
 * Reads the cluster of a request when it has a slot, with the other sides that the requester may see. The first message
 * of the answer shows the progress meanwhile.
 */
export const readRequestedCluster = async <Value>(
  cluster: ClusterConfig,
  context: RequestContext<ClusterRequest, ClusterRequestServices>,
  { command, doing, read, button }: ClusterRead<Value>,
): Promise<Result<Value, JobOutcome>> => {
  const { id, since, signal, attempt, attempts, payload, reply, clusterSlots } = context;
  const progress = (state: ReadProgress['state'], reads = { done: 0, total: 0 }) =>
    renderReadProgress({
      cluster: cluster.name,
      requestedBy: payload.user,
      doing,
      state,
      ...reads,
      elapsedMs: Date.now() - since,
    });
  const openAndRead = async () => {
    // Posted while the cluster is already being read.
    const answer = reply.open(progress('reading'));
    const otherSides = await visibleOrNone(actorOf(payload), command, context, otherSidesOf(cluster));
    const onProgress = (finished: number, total: number): void =>
      answer.show(progress('reading', { done: finished, total }));
    return { answer, ran: await read({ requestId: id, otherSides, signal, onProgress }) };
  };
  const opened = await withClusterSlot(cluster, clusterSlots, openAndRead);
  if (!opened.ok) return opened;
  const { answer, ran } = opened.value;
  if (signal.aborted) return failure({ kind: 'retry', reason: 'aborted' });
  if (ran.ok) return ran;
  const { cause, message, temporary } = ran.error;
  if (temporary && attempt < attempts) {
    answer.show(progress('retrying'));
    await reply.pause();
    return failure({ kind: 'retry', reason: cause });
  }
  const unread = { kind: 'cannot-read', cluster: cluster.name, cause, message } as const;
  return failure(await reply.finish({ message: renderFailure(unread, button) }, cause));
};
