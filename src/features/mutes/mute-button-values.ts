import { button } from '../../render/slack/blocks';
import type { Button } from '@slack/types';
import type { Finding } from '../../report/report';
import { decodeParts, encodeParts } from '../../render/slack/button-value';
import { limits } from '../../render/slack/limits';

/** What the buttons about mutes carry. Whoever handles a click decides anew whether the clicker may. */

export const muteActionIds = { ask: 'mute:ask', end: 'mute:end' } as const;

/** What is to be muted, or is. */
export interface MuteAction {
  readonly cluster: string;
  /** A check's id; to end a mute also a glob. */
  readonly check: string;
  /** The name of what was found; null: whatever the check finds. */
  readonly subject: string | null;
}

/** The action as a button's value, or nothing where it is longer than Slack takes. */
export const encodeMuteAction = ({ cluster, check, subject }: MuteAction): string | undefined =>
  encodeParts([cluster, check, subject]);

/** Reads a button's value; nothing where it is not one of these. */
export const decodeMuteAction = (value: string | undefined): MuteAction | undefined => {
  const parts = decodeParts(value, 3);
  if (parts === undefined) return undefined;
  const [cluster, check, subject] = parts;
  const name = (part: unknown): part is string => typeof part === 'string' && part !== '';
  return name(cluster) && name(check) && (subject === null || typeof subject === 'string')
    ? { cluster, check, subject }
    : undefined;
};

/** Characters that the modal adds to the value: the channel that it was opened from. */
const spare = 40;

/** *Mute…* beside a finding; none where its names are too long, where it is muted, or where it does not count. */
export const muteButton = (
  cluster: string,
  check: string,
  { severity, subject, muted }: Pick<Finding, 'severity' | 'subject' | 'muted'>,
): Button | undefined => {
  if (severity === 'info' || muted !== undefined) return undefined;
  const value = encodeMuteAction({ cluster, check, subject: subject.name });
  return value === undefined || value.length > limits.buttonValue - spare
    ? undefined
    : button('Mute…', muteActionIds.ask, value);
};
