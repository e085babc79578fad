import { defineCliCommand } from '../command';
import type * as loaded from './list-clusters';

const load = (): typeof loaded => require('./list-clusters');

export const clusters = defineCliCommand({
  name: 'clusters',
  usage: '[--format text|json]',
  summary: 'Lists the configured clusters, and which of them are their peers',
  options: { format: { type: 'string' } },
  optionHelp: { format: 'FORMAT  text or json (default: text)' },
  examples: ['clusters', 'clusters -o json'],
  positionals: [0, 0],
  run: (...line) => load().listClusters(...line),
});
