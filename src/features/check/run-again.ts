import { runButtons } from '../history';
import { queueCheck } from './check.command';
import { defineAction } from '../../slack/define';

/** Checks the cluster and peer again, with an answer in a new message. */
export const runAgain = defineAction()({
  button: runButtons.runAgain,
  command: 'check',
  access: ({ cluster }) => [cluster],
  run: ({ value, ...context }) => queueCheck(value, context),
});
