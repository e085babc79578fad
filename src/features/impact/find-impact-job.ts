import { prose } from '../../render/escape';
import { renderFailure } from '../../render/slack/failure';
import { findRequestedCluster, readRequestedCluster } from '../../slack/cluster-request';
import { defineRequestJob } from '../../slack/request-job';
import { renderImpact } from './impact.message';
import { ImpactRequest, type ImpactServices, impactUsage } from './impact-request';

export const findImpactJob = defineRequestJob<ImpactRequest, ImpactServices>({
  name: 'find-impact',
  queue: 'checks',
  payload: ImpactRequest,
  options: { attempts: 3, backoffMs: 2000 },

  describe: ({ cluster }) => `impact analysis of ${cluster}`,

  handle: async (context) => {
    const { payload, reply, findImpact } = context;
    const { part, user } = payload;
    const found = await findRequestedCluster(context, 'impact');
    if (!found.ok) return found.error;
    const read = await readRequestedCluster(found.value, context, {
      command: 'impact',
      doing: `looking for what depends on ${prose(part, 80)}`,
      read: (options) => findImpact(found.value, { ...options, part }),
    });
    if (!read.ok) return read.error;
    const { value: impact } = read;
    if (impact.ok)
      return reply.finish({ message: renderImpact(impact.value, { requestedBy: user }) }, 'told');
    const message = renderFailure({ kind: 'usage', problem: impact.error, usage: impactUsage });
    return reply.finish({ message }, 'unknown-name');
  },
});
