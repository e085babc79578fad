import { renderHelp } from './help.message';
import { capitalized } from '../../render/escape';
import { type AnyCommand, defineCommand } from '../../slack/define';
import { formButton } from '../../slack/form-buttons';

export interface HelpServices {
  /** All commands, in the order of help. */
  readonly commands: readonly Pick<AnyCommand, 'name' | 'usage' | 'summary' | 'form'>[];
}

export const helpCommand = defineCommand<HelpServices>()({
  name: 'help',
  usage: 'help',
  summary: 'lists the commands that you can use',
  args: [],
  decidedBy: 'listener',
  access: () => [],
  run: async ({ actor, thread, authorizer, commands }) => {
    const shown = [];
    // One after the other: what Slack answers for the first is cached for all others.
    for (const command of commands) {
      const answer = await authorizer.authorize(actor, { command: command.name, clusters: [] });
      if (answer.ok && answer.value.kind === 'allowed') shown.push(command);
    }
    return renderHelp(
      shown,
      shown.flatMap(({ name, form }) =>
        form === undefined
          ? []
          : [formButton(name).render(`${capitalized(name)}…`, { thread: thread ?? null, text: null })],
      ),
    );
  },
});
