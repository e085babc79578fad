import { defineAction } from '../../slack/define';
import { queueTrace } from './trace.command';
import { traceButtons } from './trace-buttons';

/** Follows the same call again, with an answer in a new message. */
export const traceAgain = defineAction()({
  button: traceButtons.runAgain,
  command: 'trace',
  access: ({ cluster }) => [cluster],
  run: ({ value, ...context }) => queueTrace(value, context),
});
