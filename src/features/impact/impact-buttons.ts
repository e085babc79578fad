import { z } from 'zod';
import { defineButton, NonEmpty } from '../../slack/define-button';

export const impactButtons = {
  runAgain: defineButton({ id: 'impact:run-again', value: z.object({ cluster: NonEmpty, part: NonEmpty }) }),
} as const;
