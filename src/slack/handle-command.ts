import type { ModalView } from '@slack/types';
import { nearest } from '../config/nearest';
import type { Wish } from '../access/authorizer';
import type { RequestFailure } from '../render/failure';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { loadingMessage, renderNoticeModal } from '../render/slack/notice';
import { admit, outsiderReply, type Throttle } from './admission';
import { parseArgs, wordsOf } from './arguments';
import type { AnyCommand, Arg, ArgsOf, Asked, SlackTools } from './define';
import { splitWords } from './text';

/** How a command is answered: at once in the acknowledgement, later by a job, or by what is done after it. */
export interface Handled {
  readonly reply?: Message;
  /** What could not come before the acknowledgement. Its message is sent privately. */
  readonly after?: () => Promise<Message | undefined>;
}

/** Counted before it was parsed. */
const counted: Throttle = async () => undefined;

/**
 * Parse, authorize, run. All that happens here is quick: what takes longer is queued, or comes after the
 * acknowledgement. Strangers and guests learn nothing, not even what commands there are.
 */
export const handleCommand = async (
  text: string,
  asked: Asked,
  commands: readonly AnyCommand[],
  tools: SlackTools,
  throttle: Throttle,
): Promise<Handled> => {
  const fail = (failure: RequestFailure): Handled => ({ reply: renderFailure(failure) });
  const stranger = outsiderReply(asked, tools);
  if (stranger) return { reply: stranger };
  const tooMany = await throttle(asked);
  if (tooMany) return fail(tooMany);

  const [name = 'help', ...words] = splitWords(text);
  const command = commands.find((one) => one.name === name.toLowerCase());
  if (command === undefined) {
    const names = commands.map((one) => one.name);
    return fail({ kind: 'unknown-command', command: name, nearest: nearest(name, names) });
  }
  const known = [...tools.config.clusters.keys()];
  const mayHearOf = (cluster: string): boolean =>
    tools.authorizer.decide(asked.actor, { command: command.name, clusters: [cluster] }).kind !== 'denied';
  const exists = (cluster: string): boolean => tools.config.clusters.has(cluster);
  const given = wordsOf(command, words, exists);
  if (given !== undefined && command.form !== undefined) return openForm(command, given, asked, tools);
  const parsed = parseArgs(command, words, known.filter(mayHearOf), exists);
  if (!parsed.ok) return fail(parsed.failure);

  const wish: Wish = { command: command.name, clusters: command.access(parsed.args) };
  const run = (now: Asked): Promise<Message | undefined> => command.run(parsed.args, now, tools);
  asked.log.info({ command: command.name, clusters: wish.clusters }, 'command');
  const admission = await admit(asked, { decidedBy: command.decidedBy, wish }, tools, counted);
  if (!admission.ok) return { reply: admission.reply };
  const { askFirst } = admission;
  if (askFirst !== undefined) return { after: () => askFirst(run) };
  const reply = await run(asked);
  return reply === undefined ? {} : { reply };
};

/** Opens the modal in which a command's arguments can be filled in: empty first, since a trigger lives only 3 s. */
const openForm = async (
  command: AnyCommand,
  given: Partial<ArgsOf<readonly Arg[]>>,
  asked: Asked,
  tools: SlackTools,
): Promise<Handled> => {
  const { name, args } = command;
  const clusters = args.flatMap((arg) => (arg.kind === 'cluster' ? (given[arg.name] ?? []) : []));
  const right = { decidedBy: 'listener', wish: { command: name, clusters } } as const;
  const admission = await admit(asked, right, tools, counted);
  if (!admission.ok) return { reply: admission.reply };
  const { askFirst } = admission;
  const form = async (now: Asked): Promise<ModalView | Message | undefined> =>
    command.form?.(given, now, tools);
  return {
    after: async () => {
      const title = `/peering ${name}`;
      const id = await asked.modals?.open(renderNoticeModal(title, loadingMessage));
      if (id === undefined) return renderFailure({ kind: 'no-modal', command: name });
      const shown = await (askFirst ? askFirst(form) : form(asked));
      if (shown) await asked.modals?.fill(id, 'type' in shown ? shown : renderNoticeModal(title, shown));
      return undefined;
    },
  };
};
