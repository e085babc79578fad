import type { ModalView } from '@slack/types';
import type { Permission } from '../access/authorizer';
import { visibleOrNone } from '../access/visible-clusters';
import { suggestName } from '../config/suggest-name';
import type { RequestFailure } from '../render/failure';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { loadingMessage, renderNoticeModal } from '../render/slack/notice';
import { admit, outsiderReply, type Throttle } from './admission';
import { parseArgs, wordsOf } from './arguments';
import {
  type AnyCommand,
  type Arg,
  type ArgsOf,
  contextOf,
  type SlackRequest,
  type SlackServices,
} from './define';
import { namedClusters, renderFormButton } from './form-buttons';
import { splitWords } from './split-words';
import { renderUnknownCluster } from './unknown-cluster';

/** The answer to a command: at once in the acknowledgement, later by a job, or by what runs after it. */
export interface Handled {
  readonly reply?: Message | undefined;
  /** Work that could not come before the acknowledgement. Its message is sent privately. */
  readonly after?: () => Promise<Message | undefined>;
}

/** The command was counted before. */
export const alreadyCounted: Throttle = async () => undefined;

/** Returns the command that a text begins with. */
export const commandIn = <Services>(
  text: string,
  commands: readonly AnyCommand<Services>[],
): AnyCommand<Services> | undefined => {
  const [name] = splitWords(text);
  return commandNamed(name, commands);
};

const commandNamed = <Services>(
  name = 'help',
  commands: readonly AnyCommand<Services>[],
): AnyCommand<Services> | undefined => commands.find((one) => one.name === name.toLowerCase());

/**
 * Parses, authorizes and runs a command. Everything here is quick: what takes longer is queued, or comes after the
 * acknowledgement. Strangers and guests learn nothing, not even which commands exist.
 */
export const handleCommand = async <Services extends object>(
  text: string,
  request: SlackRequest,
  commands: readonly AnyCommand<Services>[],
  services: SlackServices & Services,
  throttle: Throttle,
): Promise<Handled> => {
  const fail = (failure: RequestFailure): Handled => ({ reply: renderFailure(failure) });
  const outsider = outsiderReply(request, services);
  if (outsider) return { reply: outsider };
  const tooMany = await throttle(request);
  if (tooMany) return fail(tooMany);

  const [name = 'help', ...words] = splitWords(text);
  const command = commandNamed(name, commands);
  if (command === undefined) {
    const names = commands.map((one) => one.name);
    return fail({ kind: 'unknown-command', command: name, nearest: suggestName(name, names) });
  }
  const { config } = services;
  const exists = (cluster: string): boolean => config.clusters.has(cluster);
  const given = wordsOf(command, words, exists);
  // A mention has no trigger for a modal. Its answer has a button, which does.
  if (given !== undefined && command.form !== undefined && request.modals !== undefined)
    return openForm(command, { text, given }, request, services);
  const parsed = parseArgs(command, words, exists);
  if (!parsed.ok) {
    const { error } = parsed;
    if (error.kind !== 'unknown-cluster') {
      const mayOpen =
        given !== undefined &&
        command.form !== undefined &&
        services.authorizer.decide(request.actor, rightToForm(command, given)).kind !== 'denied';
      const open = mayOpen ? renderFormButton(command.name, text, request) : undefined;
      return { reply: renderFailure(error, open) };
    }
    // Only Slack may be able to tell which clusters the person may see.
    const known = (): Promise<readonly string[]> => visibleOrNone(request.actor, command.name, services);
    return { after: async () => renderUnknownCluster(error.cluster, await known(), config) };
  }

  // They were parsed by the declaration of this very command, which the type of the registry cannot know.
  const args = parsed.value as never;
  const permission = { command: command.name, clusters: command.access(args) };
  const run = (now: SlackRequest): Promise<Message | undefined> =>
    command.run({ ...contextOf(now, services), args });
  request.log.info({ command: command.name, clusters: permission.clusters }, 'command');
  const right = { decidedBy: command.decidedBy, permission };
  const admission = await admit(request, right, services, alreadyCounted);
  if (!admission.ok) return { reply: admission.reply };
  const { askFirst } = admission;
  if (askFirst !== undefined) return { after: () => askFirst(run) };
  return { reply: await run(request) };
};

const rightToForm = <Services>(
  command: AnyCommand<Services>,
  given: Partial<ArgsOf<readonly Arg[]>>,
): Permission => ({ command: command.name, clusters: namedClusters(command, given) });

/** Opens the modal to fill in a command's arguments: empty first, since a trigger lives only 3 s. */
const openForm = async <Services extends object>(
  command: AnyCommand<Services>,
  { text, given }: { readonly text: string; readonly given: Partial<ArgsOf<readonly Arg[]>> },
  request: SlackRequest,
  services: SlackServices & Services,
): Promise<Handled> => {
  const { name } = command;
  const right = { decidedBy: 'listener', permission: rightToForm(command, given) } as const;
  const admission = await admit(request, right, services, alreadyCounted);
  if (!admission.ok) return { reply: admission.reply };
  const { askFirst } = admission;
  const form = async (now: SlackRequest): Promise<ModalView | Message | undefined> =>
    command.form?.({ ...contextOf(now, services), args: given as never });
  return {
    after: async () => {
      const title = `/peering ${name}`;
      const id = await request.modals?.open(renderNoticeModal(title, loadingMessage));
      if (id === undefined)
        return renderFailure({ kind: 'no-modal', command: name }, renderFormButton(name, text, request));
      const shown = await (askFirst ? askFirst(form) : form(request));
      if (shown) await request.modals?.fill(id, 'type' in shown ? shown : renderNoticeModal(title, shown));
      return undefined;
    },
  };
};
