import { renderHelp } from './help.message';
import { defineCommand } from '../../slack/define';

export const help = defineCommand({
  name: 'help',
  usage: 'help',
  summary: 'lists the commands that you can use',
  args: [],
  decidedBy: 'listener',
  access: () => [],
  run: async (_, { actor }, { authorizer, commands }) =>
    renderHelp(
      commands.filter(
        ({ name }) => authorizer.decide(actor, { command: name, clusters: [] }).kind !== 'denied',
      ),
    ),
});
