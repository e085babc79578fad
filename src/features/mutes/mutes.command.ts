import { isPattern, matchClusters } from '../../config/match-clusters';
import { accessTo } from '../../slack/access-to';
import { groupMutes, mutesOn, renderMutes } from './mutes.message';
import type { Mutes } from './mutes.store';
import { defineCommand } from '../../slack/define';
import { readableMutes } from './readable-mutes';
import { renderNoMatch } from '../../slack/unknown-cluster';
import { visibleOrNone } from '../../access/visible-clusters';

export const mutesCommand = defineCommand<{ readonly mutes: Mutes }>()({
  name: 'mutes',
  usage: 'mutes [CLUSTER|GLOB|SELECTOR]',
  summary: 'lists the mutes: who muted what, until when and why',
  args: [{ name: 'cluster', kind: 'pattern', optional: true }],
  decidedBy: 'listener',
  access: ({ cluster }) => (cluster === undefined ? [] : accessTo({ cluster })),
  run: async ({ args: { cluster }, ...context }) => {
    const { actor, config } = context;
    const visible = await visibleOrNone(actor, 'mutes', context);
    const isOne = cluster !== undefined && !isPattern(cluster);
    const { clusters, gone } = matchClusters([cluster ?? 'all'], isOne ? [cluster] : visible, config.owners);
    if (cluster !== undefined && gone.length > 0) return renderNoMatch(cluster, visible, config);
    // A mute of several clusters is shown with all of them, since its button ends it on all.
    const listed = await context.mutes.list([...new Set([...visible, ...clusters])], Date.now());
    const mutes = groupMutes(await readableMutes(listed, 'mutes', context));
    return renderMutes(mutesOn(mutes, clusters), cluster);
  },
});
