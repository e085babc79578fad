import { decodeParts, encodeParts } from '../../render/slack/button-value';

export const subscriptionActionIds = { end: 'subscription:end' } as const;

/** The subscription of the channel that the button stands in. */
export interface SubscriptionAction {
  readonly cluster: string;
}

export const encodeSubscription = ({ cluster }: SubscriptionAction): string | undefined =>
  encodeParts([cluster]);

/** Reads a button's value; nothing where it is not one of these. */
export const decodeSubscription = (value: string | undefined): SubscriptionAction | undefined => {
  const [cluster] = decodeParts(value, 1) ?? [];
  return typeof cluster === 'string' && cluster !== '' ? { cluster } : undefined;
};
