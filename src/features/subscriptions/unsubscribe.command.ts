import { unsubscribeFrom } from './change-subscription';
import { defineCommand } from '../../slack/define';
import type { SubscribeServices } from './services';

export const unsubscribeCommand = defineCommand<SubscribeServices>()({
  name: 'unsubscribe',
  usage: 'unsubscribe CLUSTER',
  summary: 'stops watching a cluster in this channel',
  args: [{ name: 'cluster', kind: 'cluster' }],
  decidedBy: 'listener',
  access: ({ cluster }) => [cluster],
  run: ({ args: { cluster }, ...context }) => unsubscribeFrom(cluster, context),
});
