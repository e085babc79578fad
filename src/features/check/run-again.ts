import { checkActionIds, decodeCheckAction } from '../history';
import { queueCheck } from './check.command';
import { defineAction } from '../../slack/define';

/** Checks the same cluster and peer anew. The answer is a message of its own. */
export const runAgain = defineAction()({
  id: checkActionIds.runAgain,
  command: 'check',
  decode: decodeCheckAction,
  access: ({ cluster }) => [cluster],
  run: ({ value, ...context }) => queueCheck(value, context),
});
