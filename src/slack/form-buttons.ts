import { z } from 'zod';
import type { CommandName } from '../config/commands';
import { type AnyAction, type AnyCommand, defineAction } from './define';
import { defineButton } from './define-button';

/** The timestamp of a message, as Slack writes it. */
const Timestamp = z.string().regex(/^\d{1,12}\.\d{1,9}$/);

/** The button that opens the form of a command; what the form sends is answered in the thread, if one is given. */
export const formButton = (command: CommandName) =>
  defineButton({ id: `form:open-${command}`, value: z.object({ thread: Timestamp.nullable() }) });

/** Makes the action of each command that has a form: it opens the form, as the command without words does. */
export const defineFormActions = <Services>(
  commands: readonly AnyCommand<Services>[],
): readonly AnyAction<Services>[] =>
  commands.flatMap(({ name, form }) =>
    form === undefined
      ? []
      : [
          defineAction<Services>()({
            button: formButton(name),
            command: name,
            access: () => [],
            modal: {
              title: `/peering ${name}`,
              fill: async (context) =>
                form({ ...context, thread: context.value.thread ?? undefined, args: {} as never }),
            },
          }),
        ],
  );
