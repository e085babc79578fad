import { runButtons } from '../history';
import { queueCheck } from './check.command';
import { defineAction } from '../../slack/define';

/** Checks the same cluster and peer anew. The answer is a message of its own. */
export const runAgain = defineAction()({
  button: runButtons.runAgain,
  command: 'check',
  access: ({ cluster }) => [cluster],
  run: ({ value, ...context }) => queueCheck(value, context),
});
