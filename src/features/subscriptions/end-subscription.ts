import { subscriptionButtons } from './subscription-buttons';
import { accessTo } from '../../slack/access-to';
import { unsubscribeFrom } from './change-subscription';
import { defineAction } from '../../slack/define';
import type { SubscribeServices } from './services';

/** Ends the subscription of the channel that the button is in. */
export const endSubscription = defineAction<SubscribeServices>()({
  button: subscriptionButtons.end,
  command: 'unsubscribe',
  access: accessTo,
  run: ({ value: { cluster }, ...context }) => unsubscribeFrom(cluster, context),
});
