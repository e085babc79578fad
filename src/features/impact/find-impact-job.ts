import { actorOf } from '../../access/actor';
import { otherSidesOf, visibleOrNone } from '../../access/visible-clusters';
import { renderFailure } from '../../render/slack/failure';
import { defineRequestJob } from '../../slack/request-job';
import { renderImpact, renderImpactProgress } from './impact.message';
import { ImpactRequest, type ImpactServices, impactUsage } from './impact-request';

export const findImpactJob = defineRequestJob<ImpactRequest, ImpactServices>({
  name: 'find-impact',
  queue: 'checks',
  payload: ImpactRequest,
  options: { attempts: 3, backoffMs: 2000 },

  handle: async (context) => {
    const { id, payload, reply, signal, config, findImpact, attempt, attempts } = context;
    const { cluster: name, part, user } = payload;
    const refused = await reply.refuseUnless({ command: 'impact', clusters: [name] });
    if (refused) return refused;
    const cluster = config.clusters.get(name);
    if (cluster === undefined) return reply.unknownCluster(name, 'impact', config);
    const otherSides = await visibleOrNone(actorOf(payload), 'impact', context, otherSidesOf(cluster));
    reply.open(renderImpactProgress(payload));
    const read = await findImpact(cluster, { part, requestId: id, otherSides, signal });
    if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
    if (!read.ok && read.error.temporary && attempt < attempts) {
      await reply.pause();
      return { kind: 'retry', reason: read.error.cause };
    }
    const found = read.ok ? read.value : undefined;
    const message = !read.ok
      ? renderFailure({ kind: 'cannot-read', cluster: name, ...read.error })
      : found?.ok
        ? renderImpact(found.value, { requestedBy: user })
        : renderFailure({ kind: 'usage', problem: found?.error ?? '', usage: impactUsage });
    return reply.finish({ message }, found?.ok ? 'told' : 'failed');
  },
});
