import { defineCliCommand } from '../command';
import type * as loaded from './explain-check';

const load = (): typeof loaded => require('./explain-check');

export const explain = defineCliCommand({
  name: 'explain',
  usage: 'CHECK [--format text|json]',
  summary: 'Explains a check: the requirement, its endpoints, and an example finding with its fix',
  options: { format: { type: 'string' } },
  argumentHelp: {
    CHECK: 'its id, as findings and check --list-checks show it',
  },
  optionHelp: { format: 'FORMAT  text or json (default: text)' },
  examples: ['explain mesh-gateway-mode', 'explain intentions-allow-peer -o json'],
  ignoresClusters: true,
  positionals: [1, 1],
  run: (...line) => load().explainCheck(...line),
});
