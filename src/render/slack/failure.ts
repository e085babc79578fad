import type { Button } from '@slack/types';
import { capitalized, sentence } from '../escape';
import { failureWords, type RequestFailure } from '../failure';
import { actionsBlock, section } from './blocks';
import type { Message } from './limits';

/** A failure in one line: what happened and what to try, with a button if one can help. */
export const renderFailure = (failure: RequestFailure, button?: Button): Message => {
  const { icon, what, next } = failureWords(failure);
  const text = `${icon} ${capitalized(sentence(what, 400))}${next === '' ? '' : ` · ${sentence(next, 180)}`}`;
  return {
    text,
    blocks: [section(text), ...(button === undefined ? [] : [actionsBlock([button])])],
  };
};
