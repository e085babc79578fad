import type { Subscriptions } from '../../store/subscriptions';
import type { Watches } from '../../store/watches';

/** What the jobs about subscriptions work with beside the rest. */
export interface SubscriptionTools {
  readonly definitions: Subscriptions;
  readonly watches: Watches;
}
