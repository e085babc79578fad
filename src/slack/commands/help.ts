import { renderHelp } from '../../render/slack/help';
import { defineCommand } from '../define';

export const help = defineCommand({
  name: 'help',
  usage: 'help',
  summary: 'lists the commands that you may use',
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
