import type { Subscriptions } from './subscriptions.store';
import type { Watches } from './watches.store';

/** What the jobs about subscriptions work with beside the rest. */
export interface SubscriptionTools {
  readonly definitions: Subscriptions;
  readonly watches: Watches;
}
