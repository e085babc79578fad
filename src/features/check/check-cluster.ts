import { actorOf } from '../../access/actor';
import { otherSidesOf, visibleOrNone } from '../../access/visible-clusters';
import type { ClusterConfig } from '../../config/config';
import { runAgainButton } from '../history';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import { renderProgress } from './progress.message';
import type { JobOutcome } from '../../queue/define';
import { deliverReport } from './deliver-report';
import { describeFailure, type SlackAnswer } from '../../slack/api/call';
import { type ProgressEditor, startProgress } from '../../slack/api/progress';
import { success } from '../../result';
import type { ClusterReport } from '../../clusters/run-check';
import type { UnreadableCluster } from '../../clusters/unreadable';
import type { AnswerRef } from '../../slack/reply';
import { defineRequestJob } from '../../slack/request-job';
import { type CheckContext, checkKey, CheckRequest, type CheckServices } from './check-request';

export const checkCluster = defineRequestJob<CheckRequest, CheckServices>({
  name: 'check-cluster',
  queue: 'checks',
  payload: CheckRequest,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async (context) => {
    const { id, payload, reply } = context;
    const refused = await reply.refuseUnless({ command: 'check', clusters: [payload.cluster] });
    if (refused) return refused;
    const cluster = context.config.clusters.get(payload.cluster);
    if (cluster === undefined) return reply.unknownCluster(payload.cluster, 'check', context.config);

    const check = checkKey(payload);
    if (!(await context.checkLocks.acquire(check, id)))
      return reply.privately(renderFailure({ kind: 'joined', cluster: payload.cluster }), 'joined');
    const outcome = await checkAndDeliver(cluster, context);
    if (outcome.kind === 'done') await context.checkLocks.release(check, id);
    return outcome;
  },

  abandon: async ({ id, payload, reply, checkLocks, log }) => {
    await checkLocks.release(checkKey(payload), id);
    const message = renderFailure({ kind: 'unexpected', requestId: id });
    const answer = await reply.open(message);
    const told = answer.ok ? await reply.finish(answer.value, message) : answer;
    if (!told.ok) log.error({ reason: describeFailure(told.error) }, 'could not report an internal error');
  },
});

const checkAndDeliver = async (cluster: ClusterConfig, context: CheckContext): Promise<JobOutcome> => {
  const { answer, checked } = await openAndCheck(cluster, context);
  if (context.signal.aborted) return { kind: 'retry', reason: 'aborted' };
  if (checked.ok) await context.reports.save(context.id, checked.value);
  if (!answer.ok) return context.reply.failed(answer.error);
  return checked.ok
    ? deliverReport(checked.value, answer.value, context)
    : reportFailure(checked.error, answer.value, context);
};

/** Posts the first message while the cluster is already being read. */
const openAndCheck = async (
  cluster: ClusterConfig,
  context: CheckContext,
): Promise<{ readonly answer: SlackAnswer<AnswerRef>; readonly checked: ClusterReport }> => {
  const { id, since, signal, payload, reply, reports, poster, check } = context;
  const stored = await reports.find(id);
  let progress: ProgressEditor | undefined;
  let reads = { done: 0, total: 0 };
  const reading = (): Message =>
    renderProgress({
      cluster: payload.cluster,
      requestedBy: payload.user,
      state: 'reading',
      ...reads,
      elapsedMs: Date.now() - since,
    });
  const opening = reply.open(reading()).then((answer) => {
    if (answer.ok && answer.value.kind === 'channel') {
      progress = startProgress(poster, answer.value.ref);
      progress.show(reading());
    }
    return answer;
  });
  const checking = async (): Promise<ClusterReport> => {
    if (stored) return success(stored);
    return check(cluster, {
      peer: payload.peer,
      requestId: id,
      otherSides: await visibleOrNone(actorOf(payload), 'check', context, otherSidesOf(cluster)),
      signal,
      onProgress: (done, total) => {
        reads = { done, total };
        progress?.show(reading());
      },
    });
  };
  const [answer, checked] = await Promise.all([opening, checking()]);
  await progress?.stop();
  return { answer, checked };
};

const reportFailure = async (
  { cause, message, temporary }: UnreadableCluster,
  answer: AnswerRef,
  { since, attempt, attempts, payload, reply, poster }: CheckContext,
): Promise<JobOutcome> => {
  const { cluster, peer, user } = payload;
  if (temporary && attempt < attempts) {
    const elapsedMs = Date.now() - since;
    const waiting = { cluster, requestedBy: user, state: 'retrying', done: 0, total: 0, elapsedMs } as const;
    if (answer.kind === 'channel') await poster.tryEdit(answer.ref, renderProgress(waiting));
    return { kind: 'retry', reason: cause };
  }
  const failure = renderFailure(
    { kind: 'cannot-read', cluster, cause, message },
    runAgainButton({ cluster, peer }),
  );
  const told = await reply.finish(answer, failure);
  return told.ok ? { kind: 'done', as: cause } : reply.failed(told.error);
};
