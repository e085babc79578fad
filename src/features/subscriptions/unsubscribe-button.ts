import { decodeSubscription, subscriptionActionIds } from './subscription-button-values';
import { unsubscribeFrom } from './change-subscription';
import { defineAction } from '../../slack/define';

/** Ends the subscription of the channel that the button stands in. */
export const endSubscription = defineAction({
  id: subscriptionActionIds.end,
  command: 'unsubscribe',
  decode: decodeSubscription,
  access: ({ cluster }) => [cluster],
  run: ({ cluster }, asked, tools) => unsubscribeFrom(cluster, asked, tools),
});
