import { z } from 'zod';
import { defineButton, NonEmpty } from '../../slack/define-button';

export const traceButtons = {
  runAgain: defineButton({
    id: 'trace:run-again',
    /** `peer`: the peer that the request named. */
    value: z.object({
      cluster: NonEmpty,
      service: NonEmpty,
      destination: NonEmpty,
      peer: NonEmpty.nullable(),
    }),
  }),
} as const;
