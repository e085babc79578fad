import { accessTo } from '../../slack/access-to';
import { unsubscribeFrom } from './change-subscription';
import { defineCommand } from '../../slack/define';
import type { SubscribeServices } from './services';

export const unsubscribeCommand = defineCommand<SubscribeServices>()({
  name: 'unsubscribe',
  usage: 'unsubscribe CLUSTER|GLOB|SELECTOR',
  summary: 'stops watching a cluster in this channel',
  args: [{ name: 'cluster', kind: 'pattern' }],
  decidedBy: 'listener',
  access: accessTo,
  run: ({ args: { cluster }, ...context }) => unsubscribeFrom(cluster, context),
});
