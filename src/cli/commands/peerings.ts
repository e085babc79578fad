import { defineCliCommand } from '../command';
import { chosenExit, exitCodeChoices, exitCodeHelp, exitCodeOption } from '../exit-codes';
import type * as loaded from './run-peerings';

const load = (): typeof loaded => require('./run-peerings');

export const peeringsCommand = defineCliCommand({
  name: 'peerings',
  usage: '[CLUSTER…] [--format text|json]',
  summary:
    'Lists who peers with whom, with the state on each side, services each way and the last sign of life',
  options: { format: { type: 'string' }, ...exitCodeOption },
  argumentHelp: {
    CLUSTER: "only of these clusters: names, globs such as 'prod-*', owner:NAME or label:KEY=VALUE",
  },
  choices: exitCodeChoices,
  optionHelp: { format: 'FORMAT  text or json (default: text)', ...exitCodeHelp },
  takesCluster: true,
  examples: ['peerings', 'peerings prod-east', "peerings 'prod-*' -o json", 'peerings owner:platform'],
  positionals: [0, 500],
  run: async (...line) => chosenExit(await load().runPeerings(...line), line[1]),
});
