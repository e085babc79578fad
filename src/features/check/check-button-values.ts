import type { Button } from '@slack/types';
import { decodeParts, encodeParts } from '../../render/slack/button-value';

/** What the buttons under an answer carry. Whoever handles a click decides anew whether the clicker may. */

export const checkActionIds = {
  runAgain: 'check:run-again',
  details: 'check:details',
  allChecks: 'check:all-checks',
} as const;

export interface CheckAction {
  readonly cluster: string;
  /** The peer that the check was narrowed to. */
  readonly peer: string | null;
  /** The stored run that the button reads; null where it runs anew. */
  readonly run: string | null;
}

/** The action as a button's value, or nothing where it is longer than Slack takes. */
export const encodeCheckAction = ({ cluster, peer, run }: CheckAction): string | undefined =>
  encodeParts([cluster, peer, run]);

/** Reads a button's value; nothing where it is not one of these. */
export const decodeCheckAction = (value: string | undefined): CheckAction | undefined => {
  const parts = decodeParts(value, 3);
  if (parts === undefined) return undefined;
  const [cluster, peer, run] = parts;
  const name = (part: unknown): part is string => typeof part === 'string' && part !== '';
  return name(cluster) && (peer === null || name(peer)) && (run === null || name(run))
    ? { cluster, peer, run }
    : undefined;
};

export const button = (label: string, actionId: string, value: string): Button => ({
  type: 'button',
  text: { type: 'plain_text', text: label, emoji: true },
  action_id: actionId,
  value,
});
