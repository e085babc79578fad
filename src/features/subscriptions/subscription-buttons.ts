import { z } from 'zod';
import { defineButton, NonEmpty } from '../../slack/define-button';

export const subscriptionButtons = {
  /** Ends the subscription of the channel that the button is in. */
  end: defineButton({ id: 'subscription:end', value: z.object({ cluster: NonEmpty }) }),
} as const;
