import { code } from '../../render/escape';
import { renderFailure } from '../../render/slack/failure';
import { findRequestedCluster, readRequestedCluster } from '../../slack/cluster-request';
import { defineRequestJob } from '../../slack/request-job';
import { renderTrace } from './trace.message';
import { TraceRequest, type TraceServices, traceUsage } from './trace-request';

export const traceCall = defineRequestJob<TraceRequest, TraceServices>({
  name: 'trace-call',
  queue: 'checks',
  payload: TraceRequest,
  options: { attempts: 3, backoffMs: 2000 },

  describe: ({ cluster }) => `trace in ${cluster}`,

  handle: async (context) => {
    const { payload, reply, trace, rationale } = context;
    const { service, destination, peer, user } = payload;
    const found = await findRequestedCluster(context, 'trace');
    if (!found.ok) return found.error;
    const traced = await readRequestedCluster(found.value, context, {
      command: 'trace',
      doing: `following ${code(`${service} → ${destination}`, 120)}`,
      read: (options) =>
        trace(found.value, { ...options, query: { service, destination, peer: peer ?? undefined } }),
    });
    if (!traced.ok) return traced.error;
    if (!traced.value.ok) {
      const message = renderFailure({ kind: 'usage', problem: traced.value.error, usage: traceUsage });
      return reply.finish({ message }, 'unknown-name');
    }
    const answer = traced.value.value;
    return reply.finish(
      (['rich', 'basic'] as const).map((blocks) => ({
        message: renderTrace(answer, { requestedBy: user, peer, rationale, blocks }),
      })),
      answer.reachable,
    );
  },
});
