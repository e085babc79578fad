import { defineAction } from '../../slack/define';
import { fleetButtons } from './fleet-buttons';
import { queueFleet } from './queue-fleet';

/** Checks the same clusters again, with an answer in a new message. */
export const runFleetAgain = defineAction()({
  button: fleetButtons.runAgain,
  command: 'check',
  access: () => [],
  run: ({ value: { words, short }, ...context }) =>
    queueFleet({ words: words.split(' '), short: short !== null }, context),
});
