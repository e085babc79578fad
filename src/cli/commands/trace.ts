import { defineCliCommand, clusterArgument } from '../command';
import { otherSideHelp, otherSideOptions } from '../other-side-options';
import { chosenExit, exitCodeChoices, exitCodeHelp, exitCodeOption } from '../exit-codes';
import type * as loaded from './run-trace';

const load = (): typeof loaded => require('./run-trace');

export const trace = defineCliCommand({
  name: 'trace',
  usage: '[CLUSTER] SERVICE DESTINATION [--peer NAME] [--format text|json]',
  summary: 'Follows a call from a service to a service of a peer, hop by hop over both clusters',
  options: { peer: { type: 'string' }, ...otherSideOptions, format: { type: 'string' }, ...exitCodeOption },
  argumentHelp: {
    CLUSTER: clusterArgument,
    SERVICE: 'the service that calls, in CLUSTER',
    DESTINATION: 'the service of the peer that it calls, by the name it has there or the one that is called',
  },
  choices: exitCodeChoices,
  optionHelp: {
    peer: 'NAME  follow calls to this peer only',
    ...otherSideHelp,
    format: 'FORMAT  text or json (default: text)',
    ...exitCodeHelp,
  },
  takesCluster: true,
  examples: ['trace prod-west web api', 'trace prod-west web api --peer east --format json'],
  positionals: [2, 3],
  run: async (...line) => chosenExit(await load().runTrace(...line), line[1]),
});
