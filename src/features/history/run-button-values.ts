import type { Button } from '@slack/types';
import { button } from '../../render/slack/blocks';
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

const runButton = (label: string, id: string, action: CheckAction): Button | undefined => {
  const value = encodeCheckAction(action);
  return value === undefined ? undefined : button(label, id, value);
};

/** *Run again* for a check; none if its names are too long for a button. */
export const runAgainButton = (
  { cluster, peer }: Omit<CheckAction, 'run'>,
  label = 'Run again',
): Button | undefined => runButton(label, checkActionIds.runAgain, { cluster, peer, run: null });

/** *View details* of a stored run; none if there is no run, or if its names are too long for a button. */
export const detailsButton = (action: CheckAction): Button | undefined =>
  action.run === null ? undefined : runButton('View details', checkActionIds.details, action);

/** *View all checks* of a stored run; none if there is no run, or if its names are too long for a button. */
export const allChecksButton = (action: CheckAction): Button | undefined =>
  action.run === null ? undefined : runButton('View all checks', checkActionIds.allChecks, action);
