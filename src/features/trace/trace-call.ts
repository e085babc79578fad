import { actorOf } from '../../access/actor';
import { otherSidesOf, visibleOrNone } from '../../access/visible-clusters';
import type { UnreadableCluster } from '../../clusters/unreadable';
import type { JobOutcome } from '../../queue/define';
import { renderFailure } from '../../render/slack/failure';
import type { Message } from '../../render/slack/limits';
import type { Trace } from '../../report/trace';
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
    const read = await openAndRead(cluster, context);
    if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
    if (!read.ok) return reportFailure(read.error, context);
    const traced = read.value;
    if (traced.ok) return deliver(traced.value, context);
    const message = renderFailure({ kind: 'usage', problem: traced.error, usage: traceUsage });
    return reply.finish({ message }, 'unknown-name');
  },
});

/** Posts the first message while the clusters are already being read. */
const openAndRead = async (cluster: Parameters<TraceServices['trace']>[0], context: TraceContext) => {
  const { id, payload, reply, signal, since, trace } = context;
  const { service, destination, peer } = payload;
  let reads = { done: 0, total: 0 };
  const reading = (): Message => renderTraceProgress({ ...payload, ...reads, elapsedMs: Date.now() - since });
  const answer = reply.open(reading());
  return trace(cluster, {
    otherSides: await visibleOrNone(actorOf(payload), 'trace', context, otherSidesOf(cluster)),
    query: { service, destination, peer: peer ?? undefined },
    requestId: id,
    signal,
    onProgress: (done, total) => {
      reads = { done, total };
      answer.show(reading());
    },
  });
};

const deliver = (trace: Trace, { payload, reply, rationale }: TraceContext): Promise<JobOutcome> =>
  reply.finish(
    (['rich', 'basic'] as const).map((blocks) => ({
      message: renderTrace(trace, { requestedBy: payload.user, peer: payload.peer, rationale, blocks }),
    })),
    trace.reachable,
  );

const reportFailure = async (
  { cause, message, temporary }: UnreadableCluster,
  { payload: { cluster }, reply, attempt, attempts }: TraceContext,
): Promise<JobOutcome> => {
  if (temporary && attempt < attempts) {
    await reply.pause();
    return { kind: 'retry', reason: cause };
  }
  return reply.finish({ message: renderFailure({ kind: 'cannot-read', cluster, cause, message }) }, cause);
};
