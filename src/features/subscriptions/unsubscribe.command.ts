import { unsubscribeFrom } from './change-subscription';
import { defineCommand } from '../../slack/define';

export const unsubscribe = defineCommand({
  name: 'unsubscribe',
  usage: 'unsubscribe CLUSTER',
  summary: 'stops watching a cluster in this channel',
  args: [{ name: 'cluster', kind: 'cluster' }],
  decidedBy: 'listener',
  access: ({ cluster }) => [cluster],
  run: ({ cluster }, asked, tools) => unsubscribeFrom(cluster, asked, tools),
});
