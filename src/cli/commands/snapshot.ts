import { defineCliCommand, clusterArgument } from '../command';
import { otherSideHelp, otherSideOptions } from '../other-side-options';
import type * as loaded from './run-snapshot';

const load = (): typeof loaded => require('./run-snapshot');

export const snapshot = defineCliCommand({
  name: 'snapshot',
  usage: '[CLUSTER] [--out FILE]',
  summary: 'Saves what the checks read, without secrets, for a bug report or for check --snapshot',
  options: { out: { type: 'string' }, ...otherSideOptions },
  argumentHelp: {
    CLUSTER: clusterArgument,
  },
  optionHelp: { out: 'FILE  where to write it (default: standard output)', ...otherSideHelp },
  takesCluster: true,
  examples: ['snapshot prod-east --out prod-east.json', 'snapshot -http-addr=http://127.0.0.1:8500'],
  positionals: [0, 1],
  run: (...line) => load().runSnapshot(...line),
});
