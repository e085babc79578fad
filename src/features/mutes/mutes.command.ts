import { renderMutes } from './mutes.message';
import type { Mutes } from './mutes.store';
import { defineCommand } from '../../slack/define';
import { readableMutes } from './readable-mutes';
import { visibleOrNone } from '../../access/visible-clusters';

export const mutesCommand = defineCommand<{ readonly mutes: Mutes }>()({
  name: 'mutes',
  usage: 'mutes [CLUSTER]',
  summary: 'lists the mutes: who muted what, until when and why',
  args: [{ name: 'cluster', kind: 'cluster', optional: true }],
  decidedBy: 'listener',
  access: ({ cluster }) => (cluster === undefined ? [] : [cluster]),
  run: async ({ args: { cluster }, ...context }) => {
    const clusters = cluster === undefined ? await visibleOrNone(context.actor, 'mutes', context) : [cluster];
    const mutes = await context.mutes.list(clusters, Date.now());
    return renderMutes(await readableMutes(mutes, 'mutes', context), cluster);
  },
});
