export { subscriptionElsewhere, type ListedSubscription } from './notices.message';
export type { Subscription, Subscriptions } from './subscriptions.store';
