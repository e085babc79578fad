import { defineCliCommand, clusterArgument } from '../command';
import { chosenExit, exitCodeChoices, exitCodeHelp, exitCodeOption } from '../exit-codes';
import type * as loaded from './run-acl';

const load = (): typeof loaded => require('./run-acl');

export const acl = defineCliCommand({
  name: 'acl',
  usage: '[CLUSTER [ACCESSOR]] [--can RESOURCE:ACCESS[:SEGMENT]]… [--format text|json]',
  summary: 'Shows which grants for peering the tokens have, by which rule, and a fix for missing ones',
  options: { can: { type: 'string', multiple: true }, format: { type: 'string' }, ...exitCodeOption },
  argumentHelp: {
    CLUSTER: clusterArgument,
    ACCESSOR:
      'the accessor ID of a token, or at least its first 8 characters (default: the tokens of the bot and of the gateways)',
  },
  choices: exitCodeChoices,
  optionHelp: {
    can: 'RIGHT  whether the token has this right, such as service:write:web; without a name, for all (repeatable)',
    format: 'FORMAT  text or json (default: text)',
    ...exitCodeHelp,
  },
  takesCluster: true,
  examples: ['acl prod-east', 'acl prod-east 8f2c6a1e --can service:write:web'],
  positionals: [0, 2],
  run: async (...line) => chosenExit(await load().runAcl(...line), line[1]),
});
