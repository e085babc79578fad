import { renderMutes } from './mutes.message';
import { defineCommand } from '../../slack/define';
import { clustersOf } from '../../access/visible-clusters';

export const mutes = defineCommand({
  name: 'mutes',
  usage: 'mutes [CLUSTER]',
  summary: 'lists the mutes: who muted what, until when and why',
  args: [{ name: 'cluster', kind: 'cluster', optional: true }],
  decidedBy: 'listener',
  access: ({ cluster }) => (cluster === undefined ? [] : [cluster]),
  run: async ({ cluster }, { actor }, tools) => {
    const clusters = cluster === undefined ? await clustersOf(actor, 'mutes', tools) : [cluster];
    return renderMutes(await tools.mutes.list(clusters, Date.now()), cluster);
  },
});
