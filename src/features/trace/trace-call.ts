import { actorOf } from '../../access/actor';
import { otherSidesOf, visibleOrNone } from '../../access/visible-clusters';
import type { UnreadableCluster } from '../../clusters/unreadable';
import type { JobOutcome } from '../../queue/define';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { Trace } from '../../report/trace';
import { type SlackAnswer, wantsPlainer } from '../../slack/api/call';
import { startProgress } from '../../slack/api/progress';
import type { AnswerRef } from '../../slack/reply';
import { defineRequestJob } from '../../slack/request-job';
import { renderTrace, renderTraceProgress } from './trace.message';
import { type TraceContext, TraceRequest, type TraceServices, traceUsage } from './trace-request';

export const traceCall = defineRequestJob<TraceRequest, TraceServices>({
  name: 'trace-call',
  queue: 'checks',
  payload: TraceRequest,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async (context) => {
    const { payload, reply, signal, config } = context;
    const refused = await reply.refuseUnless({ command: 'trace', clusters: [payload.cluster] });
    if (refused) return refused;
    const cluster = config.clusters.get(payload.cluster);
    if (cluster === undefined) return reply.unknownCluster(payload.cluster, 'trace', config);
    const { answer, read } = await openAndRead(cluster, context);
    if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
    if (!answer.ok) return reply.failed(answer.error);
    if (!read.ok) return reportFailure(read.error, answer.value, context);
    const traced = read.value;
    if (traced.ok) return deliver(traced.value, answer.value, context);
    const failure = renderFailure({ kind: 'usage', problem: traced.error, usage: traceUsage });
    const told = await reply.finish(answer.value, failure);
    return told.ok ? { kind: 'done', as: 'unknown-name' } : reply.failed(told.error);
  },
});

/** Posts the first message while the clusters are already being read. */
const openAndRead = async (cluster: Parameters<TraceServices['trace']>[0], context: TraceContext) => {
  const { id, payload, reply, poster, signal, since, trace } = context;
  const { service, destination, peer } = payload;
  let reads = { done: 0, total: 0 };
  let show = (): void => undefined;
  const reading = (): Message => renderTraceProgress({ ...payload, ...reads, elapsedMs: Date.now() - since });
  const opening = reply.open(reading()).then((answer) => {
    if (!answer.ok || answer.value.kind !== 'channel') return { answer, progress: undefined };
    const progress = startProgress(poster, answer.value.ref);
    show = () => progress.show(reading());
    return { answer, progress };
  });
  const otherSides = await visibleOrNone(actorOf(payload), 'trace', context, otherSidesOf(cluster));
  const [{ answer, progress }, read] = await Promise.all([
    opening,
    trace(cluster, {
      otherSides,
      query: { service, destination, peer: peer ?? undefined },
      requestId: id,
      signal,
      onProgress: (done, total) => {
        reads = { done, total };
        show();
      },
    }),
  ]);
  await progress?.stop();
  return { answer, read };
};

const deliver = async (trace: Trace, answer: AnswerRef, context: TraceContext): Promise<JobOutcome> => {
  const { payload, reply, rationale, log } = context;
  let sent: SlackAnswer<unknown> = { ok: true, value: undefined };
  for (const blocks of ['rich', 'basic'] as const) {
    sent = await reply.finish(
      answer,
      renderTrace(trace, { requestedBy: payload.user, peer: payload.peer, rationale, blocks }),
    );
    if (!wantsPlainer(sent)) break;
    log.warn({ blocks }, 'Slack refused the blocks, trying a plainer rendering');
  }
  return sent.ok ? { kind: 'done', as: trace.reachable } : reply.failed(sent.error);
};

const reportFailure = async (
  { cause, message, temporary }: UnreadableCluster,
  answer: AnswerRef,
  { payload: { cluster }, reply, attempt, attempts }: TraceContext,
): Promise<JobOutcome> => {
  if (temporary && attempt < attempts) return { kind: 'retry', reason: cause };
  const told = await reply.finish(answer, renderFailure({ kind: 'cannot-read', cluster, cause, message }));
  return told.ok ? { kind: 'done', as: cause } : reply.failed(told.error);
};
