import { sentence } from '../escape';
import { failureWords, type RequestFailure } from '../failure';
import { actionsBlock, section } from './blocks';
import { checkActionIds, button, encodeCheckAction } from '../../features/check/check-button-values';
import type { Message } from './limits';

/**
 * A failure in one line: what is, and what to try. Where running again can help, a button does it: `retry` is the
 * check that the button starts.
 */
export const renderFailure = (
  failure: RequestFailure,
  retry?: { readonly cluster: string; readonly peer: string | null },
): Message => {
  const { icon, what, next } = failureWords(failure);
  const text = `${icon} ${sentence(what, 400)}${next === '' ? '' : ` · ${sentence(next, 180)}`}`;
  const value = retry === undefined ? undefined : encodeCheckAction({ ...retry, run: null });
  return {
    text,
    blocks: [
      section(text),
      ...(value === undefined ? [] : [actionsBlock([button('Run again', checkActionIds.runAgain, value)])]),
    ],
  };
};
