import { z } from 'zod';
import { defineButton, NonEmpty } from '../../slack/define-button';

export const fleetButtons = {
  /** Checks several clusters again. `words`: as typed, with spaces between them. */
  runAgain: defineButton({
    id: 'check:fleet-again',
    value: z.object({ words: NonEmpty, short: z.enum(['short']).nullable() }),
  }),
} as const;
