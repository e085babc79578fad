import type { Button } from '@slack/types';
import { z } from 'zod';
import type { Finding } from '../../report/report';
import { limits } from '../../render/slack/limits';
import { defineButton, NonEmpty } from '../../slack/define-button';

/** A mute of a cluster, existing or requested. */
export const MuteTarget = z.object({
  cluster: NonEmpty,
  /** The id of a check; to end a mute also a glob. */
  check: NonEmpty,
  /** The subject of the finding; null: everything that the check finds. */
  subject: z.string().nullable(),
});
export type MuteTarget = Readonly<z.infer<typeof MuteTarget>>;

/** The mutes that were made at once with a pattern, as they are stored: what the pattern matches may change. */
const MuteGroupTarget = z.object({
  pattern: NonEmpty,
  check: NonEmpty,
  subject: z.string().nullable(),
  /** ms since the epoch. */
  createdMs: z.string().regex(/^\d{1,16}$/),
});
export type MuteGroupTarget = Readonly<z.infer<typeof MuteGroupTarget>>;

export const muteButtons = {
  /** Opens the modal that mutes a finding. */
  ask: defineButton({ id: 'mute:ask', value: MuteTarget }),
  /** Ends one mute. Lists of earlier versions have it for patterns too. */
  end: defineButton({ id: 'mute:end', value: MuteTarget }),
  endGroup: defineButton({ id: 'mute:end-group', value: MuteGroupTarget }),
} as const;

/** Characters that the modal adds to the value: the channel that it was opened from. */
const spare = 40;

/** Renders *Mute…* for a finding; none if its names are too long, if it is muted, or if it does not count. */
export const muteButton = (
  cluster: string,
  check: string,
  { severity, subject, muted }: Pick<Finding, 'severity' | 'subject' | 'muted'>,
): Button | undefined => {
  if (severity === 'info' || muted !== undefined) return undefined;
  const button = muteButtons.ask.render('Mute…', { cluster, check, subject: subject.name });
  return (button?.value ?? '').length > limits.buttonValue - spare ? undefined : button;
};
