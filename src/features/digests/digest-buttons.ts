import { z } from 'zod';
import { defineTextButton } from '../../slack/define-button';

/** The id of a digest, or its name in the clusters file. */
const value = z.string().regex(/^[a-z0-9-]{4,40}$/);

export const digestButtons = {
  run: defineTextButton({ id: 'digest:run', value }),
  // Only on App Home. Their ids stay, since open views hold them.
  pause: defineTextButton({ id: 'home:digest-pause', value }),
  resume: defineTextButton({ id: 'home:digest-resume', value }),
} as const;
