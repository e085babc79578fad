import type { Button } from '@slack/types';
import { z } from 'zod';
import type { CommandName } from '../config/commands';
import { wordsOf } from './arguments';
import {
  type AnyAction,
  type AnyCommand,
  type Arg,
  type ArgsOf,
  defineAction,
  type SlackRequest,
} from './define';
import { defineButton } from './define-button';
import { splitWords } from './split-words';

/** The timestamp of a message, as Slack writes it. */
const Timestamp = z.string().regex(/^\d{1,12}\.\d{1,9}$/);

/**
 * The button that opens the form of a command, filled in with the command as it was typed; what the form sends is
 * answered in the thread, if one is given.
 */
export const formButton = (command: CommandName) =>
  defineButton({
    id: `form:open-${command}`,
    // Messages of 0.1 have buttons without a text.
    value: z.object({ thread: Timestamp.nullable(), text: z.string().nullable().default(null) }),
  });

/** Renders the button that opens the form of a command: empty if the text is too long for a button. */
export const renderFormButton = (
  command: CommandName,
  text: string,
  request: Pick<SlackRequest, 'thread'>,
): Button | undefined => {
  const { render } = formButton(command);
  const thread = request.thread ?? null;
  return render('Open form', { thread, text }) ?? render('Open form', { thread, text: null });
};

/** Returns the configured clusters among the words that a command was given. */
export const namedClusters = (
  { args }: Pick<AnyCommand, 'args'>,
  given: Partial<ArgsOf<readonly Arg[]>>,
): readonly string[] => args.flatMap(({ kind, name }) => (kind === 'cluster' ? (given[name] ?? []) : []));

const typedIn = (
  command: Pick<AnyCommand, 'name' | 'usage' | 'args'>,
  text: string | null,
  exists: (cluster: string) => boolean,
): Partial<ArgsOf<readonly Arg[]>> => wordsOf(command, splitWords(text ?? '').slice(1), exists) ?? {};

/** Makes the action of each command that has a form: it opens the form, as the command with too few words does. */
export const defineFormActions = <Services>(
  commands: readonly AnyCommand<Services>[],
): readonly AnyAction<Services>[] =>
  commands.flatMap((command) => {
    const { name, form } = command;
    if (form === undefined) return [];
    return defineAction<Services>()({
      button: formButton(name),
      command: name,
      access: ({ text }) =>
        namedClusters(
          command,
          typedIn(command, text, () => true),
        ),
      modal: {
        title: `/peering ${name}`,
        fill: async (context) => {
          const { thread, text } = context.value;
          const args = typedIn(command, text, (cluster) => context.config.clusters.has(cluster));
          return form({ ...context, thread: thread ?? undefined, args: args as never });
        },
      },
    });
  });
