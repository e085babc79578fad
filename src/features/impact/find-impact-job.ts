import { renderFailure } from '../../render/slack/failure';
import { defineRequestJob } from '../../slack/request-job';
import { renderUnknownCluster } from '../../slack/unknown-cluster';
import { renderImpact, renderImpactProgress } from './impact.message';
import { ImpactRequest, type ImpactServices, impactUsage } from './impact-request';

export const findImpactJob = defineRequestJob<ImpactRequest, ImpactServices>({
  name: 'find-impact',
  queue: 'checks',
  payload: ImpactRequest,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async ({ id, payload, reply, signal, config, findImpact, attempt, attempts }) => {
    const { cluster: name, part, user } = payload;
    const refused = await reply.refuseUnless({ command: 'impact', clusters: [name] });
    if (refused) return refused;
    const cluster = config.clusters.get(name);
    if (cluster === undefined) return reply.privately(renderUnknownCluster(name, config), 'refused');
    const [answer, read] = await Promise.all([
      reply.open(renderImpactProgress(payload)),
      findImpact(cluster, { part, requestId: id, signal }),
    ]);
    if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
    if (!answer.ok) return reply.failed(answer.error);
    if (!read.ok && read.error.temporary && attempt < attempts) {
      return { kind: 'retry', reason: read.error.cause };
    }
    const found = read.ok ? read.value : undefined;
    const message = !read.ok
      ? renderFailure({ kind: 'cannot-read', cluster: name, ...read.error })
      : found?.ok
        ? renderImpact(found.value, { requestedBy: user })
        : renderFailure({ kind: 'usage', problem: found?.error ?? '', usage: impactUsage });
    const sent = await reply.finish(answer.value, message);
    return sent.ok ? { kind: 'done', as: found?.ok ? 'told' : 'failed' } : reply.failed(sent.error);
  },
});
