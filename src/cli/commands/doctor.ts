import { defineCliCommand } from '../command';
import { chosenExit, exitCodeChoices, exitCodeHelp, exitCodeOption } from '../exit-codes';
import type * as loaded from './examine-here';

const load = (): typeof loaded => require('./examine-here');

export const doctor = defineCliCommand({
  name: 'doctor',
  usage: '[--format text|json]',
  summary: 'Checks the installation: configuration, Slack, Redis, workers, and access to each cluster',
  options: { format: { type: 'string' }, ...exitCodeOption },
  choices: exitCodeChoices,
  optionHelp: { format: 'FORMAT  text or json (default: text)', ...exitCodeHelp },
  examples: ['doctor', 'doctor -o json'],
  positionals: [0, 0],
  run: async (...line) => chosenExit(await load().examineHere(...line), line[1]),
});
