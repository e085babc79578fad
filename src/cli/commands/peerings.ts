import { defineCliCommand } from '../command';
import type * as loaded from './run-peerings';

const load = (): typeof loaded => require('./run-peerings');

export const peeringsCommand = defineCliCommand({
  name: 'peerings',
  usage: '[CLUSTER…] [--format text|json]',
  summary:
    'Lists who peers with whom, with the state on each side, services each way and the last sign of life',
  options: { format: { type: 'string' } },
  argumentHelp: {
    CLUSTER: "only of these clusters: names, globs such as 'prod-*', owner:NAME or label:KEY=VALUE",
  },
  optionHelp: { format: 'FORMAT  text or json (default: text)' },
  takesCluster: true,
  examples: ['peerings', 'peerings prod-east', "peerings 'prod-*' -o json", 'peerings owner:platform'],
  positionals: [0, 500],
  run: (...line) => load().runPeerings(...line),
});
