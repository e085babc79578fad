import { renderHelp } from './help.message';
import { type Command, defineCommand } from '../../slack/define';

export interface HelpServices {
  /** All commands, in the order of help. */
  readonly commands: readonly Pick<Command<never>, 'name' | 'usage' | 'summary'>[];
}

export const helpCommand = defineCommand<HelpServices>()({
  name: 'help',
  usage: 'help',
  summary: 'lists the commands that you can use',
  args: [],
  decidedBy: 'listener',
  access: () => [],
  run: async ({ actor, authorizer, commands }) =>
    renderHelp(
      commands.filter(
        ({ name }) => authorizer.decide(actor, { command: name, clusters: [] }).kind !== 'denied',
      ),
    ),
});
