import type { Button } from '@slack/types';
import { limits } from './limits';

/** What the buttons under an answer carry. Whoever handles a click decides anew whether the clicker may. */

export const actionIds = {
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

/**
 * The action as a button's value, or nothing where it is longer than Slack takes. Slack sends `&`, `<` and `>`
 * in values back as entities (bolt-python#513), so they never stand there literally.
 */
export const encodeCheckAction = (action: CheckAction): string | undefined => {
  const text = JSON.stringify([1, action.cluster, action.peer, action.run]).replace(
    /[&<>]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
  return text.length <= limits.buttonValue ? text : undefined;
};

/** Reads a button's value. Values come back from outside: anything but what was encoded gives nothing. */
export const decodeCheckAction = (value: string | undefined): CheckAction | undefined => {
  if (value === undefined || value.length > limits.buttonValue) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || parsed.length !== 4) return undefined;
  const [version, cluster, peer, run] = parsed as readonly unknown[];
  const name = (part: unknown): part is string => typeof part === 'string' && part !== '';
  return version === 1 && name(cluster) && (peer === null || name(peer)) && (run === null || name(run))
    ? { cluster, peer, run }
    : undefined;
};

export const button = (label: string, actionId: string, value: string): Button => ({
  type: 'button',
  text: { type: 'plain_text', text: label, emoji: true },
  action_id: actionId,
  value,
});
