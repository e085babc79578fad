import { actorOf } from '../../access/actor';
import { otherSidesOf, visibleOrNone } from '../../access/visible-clusters';
import type { ClusterConfig } from '../../config/config';
import { runAgainButton } from '../history';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { renderProgress } from './progress.message';
import type { JobOutcome } from '../../queue/define';
import { deliverReport } from './deliver-report';
import { success } from '../../result';
import type { ClusterReport } from '../../clusters/run-check';
import type { UnreadableCluster } from '../../clusters/unreadable';
import type { OpenAnswer } from '../../slack/reply';
import { defineRequestJob } from '../../slack/request-job';
import { type CheckContext, checkKey, CheckRequest, type CheckServices } from './check-request';

export const checkCluster = defineRequestJob<CheckRequest, CheckServices>({
  name: 'check-cluster',
  queue: 'checks',
  payload: CheckRequest,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async (context) => {
    const { id, payload, reply } = context;
    const check = checkKey(payload);
    const refused = await reply.refuseUnless({ command: 'check', clusters: [payload.cluster] });
    if (refused) {
      // It is already answered where its worker died between the answer and this.
      await context.checkLocks.release(check, id);
      return refused;
    }
    const cluster = context.config.clusters.get(payload.cluster);
    if (cluster === undefined) return reply.unknownCluster(payload.cluster, 'check', context.config);

    if (!(await context.checkLocks.acquire(check, id)))
      return reply.privately(renderFailure({ kind: 'joined', cluster: payload.cluster }), 'joined');
    const outcome = await checkAndDeliver(cluster, context);
    if (outcome.kind === 'done') await context.checkLocks.release(check, id);
    return outcome;
  },

  abandon: async ({ id, payload, reply, checkLocks }) => {
    await checkLocks.release(checkKey(payload), id);
    await reply.internalError();
  },
});

const checkAndDeliver = async (cluster: ClusterConfig, context: CheckContext): Promise<JobOutcome> => {
  const done = context.clusterSlots.take(cluster.name, Date.now());
  // Frees the worker for other clusters meanwhile.
  if (done === undefined) return { kind: 'delay', afterMs: Math.round(1000 + 1000 * Math.random()) };
  const { answer, checked } = await openAndCheck(cluster, context).finally(() => done(Date.now()));
  if (context.signal.aborted) return { kind: 'retry', reason: 'aborted' };
  if (!checked.ok) return reportFailure(checked.error, answer, context);
  await context.reports.save(context.id, checked.value);
  return deliverReport(checked.value, context);
};

/** Posts the first message while the cluster is already being read. */
const openAndCheck = async (
  cluster: ClusterConfig,
  context: CheckContext,
): Promise<{ readonly answer: OpenAnswer; readonly checked: ClusterReport }> => {
  const { id, since, signal, payload, reply, reports, check } = context;
  const stored = await reports.find(id);
  let reads = { done: 0, total: 0 };
  const reading = (): Message =>
    renderProgress({
      cluster: payload.cluster,
      requestedBy: payload.user,
      state: 'reading',
      ...reads,
      elapsedMs: Date.now() - since,
    });
  const answer = reply.open(reading());
  if (stored) return { answer, checked: success(stored) };
  const checked = await check(cluster, {
    peer: payload.peer,
    requestId: id,
    otherSides: await visibleOrNone(actorOf(payload), 'check', context, otherSidesOf(cluster)),
    signal,
    onProgress: (done, total) => {
      reads = { done, total };
      answer.show(reading());
    },
  });
  return { answer, checked };
};

const reportFailure = async (
  { cause, message, temporary }: UnreadableCluster,
  answer: OpenAnswer,
  { since, attempt, attempts, payload, reply }: CheckContext,
): Promise<JobOutcome> => {
  const { cluster, peer, user } = payload;
  if (temporary && attempt < attempts) {
    const elapsedMs = Date.now() - since;
    const waiting = { cluster, requestedBy: user, state: 'retrying', done: 0, total: 0, elapsedMs } as const;
    answer.show(renderProgress(waiting));
    await reply.pause();
    return { kind: 'retry', reason: cause };
  }
  const failure = { kind: 'cannot-read', cluster, cause, message } as const;
  return reply.finish({ message: renderFailure(failure, runAgainButton({ cluster, peer })) }, cause);
};
