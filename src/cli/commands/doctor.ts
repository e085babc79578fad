import { defineCliCommand } from '../command';
import type * as loaded from './examine-here';

const load = (): typeof loaded => require('./examine-here');

export const doctor = defineCliCommand({
  name: 'doctor',
  usage: '[--format text|json]',
  summary: 'Checks the installation: configuration, Slack, Redis, workers, and access to each cluster',
  options: { format: { type: 'string' } },
  optionHelp: { format: 'FORMAT  text or json (default: text)' },
  examples: ['doctor', 'doctor -o json'],
  positionals: [0, 0],
  run: (...line) => load().examineHere(...line),
});
