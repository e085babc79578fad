import { z } from 'zod';
import { defineButton, NonEmpty } from '../../slack/define-button';

export const peeringsButtons = {
  /** Lists the peerings again. `words`: as typed, with spaces between them. */
  runAgain: defineButton({ id: 'peerings:run-again', value: z.object({ words: NonEmpty }) }),
} as const;
