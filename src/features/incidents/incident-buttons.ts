import { z } from 'zod';
import { defineButton, NonEmpty } from '../../slack/define-button';

/** One incident, by the time at which it began (ms since the epoch). */
const IncidentValue = z.object({ cluster: NonEmpty, since: z.string().regex(/^\d{1,16}$/) });

export const incidentButtons = {
  take: defineButton({ id: 'incident:take', value: IncidentValue }),
  release: defineButton({ id: 'incident:release', value: IncidentValue }),
} as const;
