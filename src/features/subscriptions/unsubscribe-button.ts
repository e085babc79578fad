import { decodeSubscription, subscriptionActionIds } from './subscription-button-values';
import { unsubscribeFrom } from './change-subscription';
import { defineAction } from '../../slack/define';
import type { SubscribeServices } from './services';

/** Ends the subscription of the channel that the button stands in. */
export const endSubscription = defineAction<SubscribeServices>()({
  id: subscriptionActionIds.end,
  command: 'unsubscribe',
  decode: decodeSubscription,
  access: ({ cluster }) => [cluster],
  run: ({ value: { cluster }, ...context }) => unsubscribeFrom(cluster, context),
});
