import { defineCliCommand, clusterArgument } from '../command';
import { otherSideHelp, otherSideOptions } from '../other-side-options';
import type * as loaded from './run-diff';

const load = (): typeof loaded => require('./run-diff');

export const diff = defineCliCommand({
  name: 'diff',
  usage:
    'CLUSTER [WHEN [WHEN]] [--format text|json] | [CLUSTER] --before FILE [--after FILE] [--format text|json]',
  summary:
    'Shows what changed in a cluster between two runs or snapshots, with fixes that put config entries back',
  takesCluster: true,
  options: {
    before: { type: 'string' },
    after: { type: 'string' },
    ...otherSideOptions,
    format: { type: 'string' },
  },
  argumentHelp: {
    CLUSTER: clusterArgument,
    WHEN: '2h (ago), 2026-11-27, 2026-11-27T13:20 in UTC, or the id of a run (default: the two newest). Needs REDIS_URL and PEERING_SIGNING_KEY of the bot',
  },
  optionHelp: {
    before: 'FILE  compare with this snapshot, as peering-bot snapshot saved it, instead of stored runs',
    after: 'FILE  the later snapshot (default: read the cluster)',
    ...otherSideHelp,
    format: 'FORMAT  text or json (default: text)',
  },
  examples: [
    'diff prod-east',
    'diff prod-east 2h',
    'diff prod-east 2026-11-27T09:00 2026-11-27T13:20',
    'diff prod-east --before monday.json',
    'diff --before monday.json --after tuesday.json',
  ],
  positionals: [0, 7],
  run: (...line) => load().runDiff(...line),
});
