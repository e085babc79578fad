import { isPattern, matchClusters } from '../../config/match-clusters';
import { accessTo } from '../../slack/access-to';
import { renderMutes } from './mutes.message';
import type { Mutes } from './mutes.store';
import { defineCommand } from '../../slack/define';
import { readableMutes } from './readable-mutes';
import { visibleOrNone } from '../../access/visible-clusters';

export const mutesCommand = defineCommand<{ readonly mutes: Mutes }>()({
  name: 'mutes',
  usage: 'mutes [CLUSTER|GLOB]',
  summary: 'lists the mutes: who muted what, until when and why',
  args: [{ name: 'cluster', kind: 'pattern', optional: true }],
  decidedBy: 'listener',
  access: ({ cluster }) => (cluster === undefined ? [] : accessTo({ cluster })),
  run: async ({ args: { cluster }, ...context }) => {
    const clusters =
      cluster !== undefined && !isPattern(cluster)
        ? [cluster]
        : matchClusters([cluster ?? 'all'], await visibleOrNone(context.actor, 'mutes', context)).clusters;
    const mutes = await context.mutes.list(clusters, Date.now());
    return renderMutes(await readableMutes(mutes, 'mutes', context), cluster);
  },
});
