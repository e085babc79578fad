import { defineAction } from '../../slack/define';
import { queueImpact } from './impact.command';
import { impactButtons } from './impact-buttons';

/** Answers the same question again, in a new message. */
export const impactAgain = defineAction()({
  button: impactButtons.runAgain,
  command: 'impact',
  access: ({ cluster }) => [cluster],
  run: ({ value, ...context }) => queueImpact(value, context),
});
