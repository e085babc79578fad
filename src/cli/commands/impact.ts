import { defineCliCommand, clusterArgument } from '../command';
import { otherSideHelp, otherSideOptions } from '../other-side-options';
import { chosenExit, exitCodeChoices, exitCodeHelp, exitCodeOption } from '../exit-codes';
import type * as loaded from './run-impact';

const load = (): typeof loaded => require('./run-impact');

export const impact = defineCliCommand({
  name: 'impact',
  usage: '[CLUSTER] SERVICE|PEER|GATEWAY [--format text|json]',
  summary: 'Lists the services that stop working if a service, a peer or a mesh gateway goes down',
  options: { ...otherSideOptions, format: { type: 'string' }, ...exitCodeOption },
  argumentHelp: {
    CLUSTER: clusterArgument,
    SERVICE: 'its name, or service/NAME if a peer has the same name',
    PEER: 'its name, or peer/NAME',
    GATEWAY: 'gateway/NAME, such as gateway/mesh-gateway',
  },
  choices: exitCodeChoices,
  optionHelp: { ...otherSideHelp, format: 'FORMAT  text or json (default: text)', ...exitCodeHelp },
  takesCluster: true,
  examples: ['impact prod-east api', 'impact prod-east peer/west', 'impact prod-east gateway/mesh-gateway'],
  positionals: [1, 2],
  run: async (...line) => chosenExit(await load().runImpact(...line), line[1]),
});
