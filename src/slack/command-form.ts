import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { visibleOrNone } from '../access/visible-clusters';
import type { CommandName } from '../config/commands';
import { isPattern } from '../config/match-clusters';
import { ownerSelectors } from '../config/owner-selectors';
import { decodeParts } from '../render/slack/button-value';
import {
  clusterOptions,
  type CommandField,
  type CommandForm,
  type CommandFormOptions,
  formIdOf,
  type FieldValues,
  renderCommandForm,
} from '../render/slack/command-form';
import { renderFailure } from '../render/slack/failure';
import type { Message } from '../render/slack/limits';
import { omitUndefined } from '../omit-undefined';
import { parseArgs } from './arguments';
import {
  type AnyCommand,
  type AnyModal,
  defineModal,
  type SlackContext,
  type SubmittedModal,
} from './define';
import { NonEmpty } from './define-button';
import { choiceIn, choicesIn, textIn } from './modal-inputs';

export interface FormServices {
  /** The ids of all checks. */
  readonly checkIds: readonly string[];
}

/** The words that people filled in, and where the answer goes. */
interface Filled {
  readonly channel: string;
  readonly thread: string | undefined;
  readonly words: readonly string[];
  /** The clusters that were chosen by name. */
  readonly clusters: readonly string[];
}

const Metadata = z.tuple([z.string(), z.string().nullable()]);

const valuesOf = (modal: SubmittedModal, { id, element }: CommandField): readonly string[] => {
  if (element.kind === 'clusters') return choicesIn(modal, id);
  if (element.kind === 'names')
    return z.array(NonEmpty).safeParse(decodeParts(choiceIn(modal, id), element.parts)).data ?? [];
  const value = element.kind === 'text' ? textIn(modal, id) : choiceIn(modal, id);
  return value === undefined || value === '' ? [] : [value];
};

/** Reads the inputs of a modal, which come from outside. */
export const readFields = (form: CommandForm, modal: SubmittedModal): FieldValues =>
  Object.fromEntries(
    form.fields
      .map((field) => [field.id, valuesOf(modal, field)] as const)
      .filter(([, values]) => values.length > 0),
  );

/** Makes the modal that offers names that checks have found; undefined if there are none. */
export const openNamesForm = (
  form: CommandForm,
  names: NonNullable<CommandFormOptions['names']>,
  { actor, thread }: Pick<SlackContext, 'actor' | 'thread'>,
): ModalView | undefined => {
  const options = { channel: actor.channel, thread, clusters: [], checkIds: [], values: {}, names };
  const modal = renderCommandForm(form, options);
  return modal.blocks.some(({ type }) => type === 'input') ? modal : undefined;
};

/** Makes the modal of a command that was given too few words; a message if the person may see no cluster. */
export const openCommandForm = async (
  form: CommandForm & { readonly command: CommandName },
  { checkIds, actor, thread, ...services }: SlackContext<FormServices>,
  cluster?: string,
): Promise<ModalView | Message> => {
  const clusters = await visibleOrNone(actor, form.command, services);
  if (clusters.length === 0) return renderFailure({ kind: 'no-cluster-matches', pattern: 'all', known: [] });
  const values: FieldValues = cluster === undefined ? {} : { cluster: [cluster] };
  const selectors = ownerSelectors(clusters, services.config.owners);
  return renderCommandForm(form, { channel: actor.channel, thread, clusters, selectors, checkIds, values });
};

/** Declares the submission of a command's modal, which does what the command does. */
export const defineCommandForm = <Services>(
  form: CommandForm,
  command: AnyCommand<Services>,
): AnyModal<Services> => {
  const isCluster = ({ element }: CommandField): boolean =>
    element.kind === 'cluster' || element.kind === 'clusters' || element.kind === 'names';
  const clustersOf = ({ id, element }: CommandField, values: FieldValues): readonly string[] =>
    (values[id] ?? []).slice(0, element.kind === 'names' ? 1 : undefined);
  const parse = ({ words }: Filled, { config }: Pick<SlackContext, 'config'>) =>
    parseArgs(command, words, (cluster) => config.clusters.has(cluster));
  return defineModal<Services>()({
    callbackId: formIdOf(form),
    command: command.name,
    decidedBy: form.decidedBy ?? command.decidedBy,
    decode: (modal): Filled | undefined => {
      const metadata = Metadata.safeParse(decodeParts(modal.private_metadata, 2));
      if (!metadata.success) return undefined;
      const [channel, thread] = metadata.data;
      const values = readFields(form, modal);
      const missing = form.fields.some(({ id, optional }) => !optional && values[id] === undefined);
      if (missing) return undefined;
      const clusters = form.fields.filter(isCluster).flatMap((field) => clustersOf(field, values));
      return {
        channel,
        thread: thread ?? undefined,
        words: form.words(values),
        clusters: clusters.filter((name) => !isPattern(name)),
      };
    },
    access: ({ clusters }) => clusters,
    suggest: async ({ block, ...context }) => {
      const field = form.fields.find(({ id, element }) => id === block && element.kind !== 'names');
      if (field === undefined || !isCluster(field)) return [];
      const clusters = await visibleOrNone(context.actor, command.name, context);
      return clusterOptions(field, clusters, ownerSelectors(clusters, context.config.owners));
    },
    channel: ({ channel }) => channel,
    problems: ({ value, config }) => {
      const parsed = parse(value, { config });
      if (parsed.ok) return undefined;
      const { error } = parsed;
      const at = form.fields.find(isCluster)?.id ?? form.fields[0]?.id ?? '';
      return { [at]: error.kind === 'usage' ? error.problem : 'This cluster is not configured any more' };
    },
    run: async ({ value, ...context }) => {
      const parsed = parse(value, context);
      if (!parsed.ok) return renderFailure({ kind: 'unexpected', requestId: context.id });
      const here = { ...context, ...omitUndefined({ thread: value.thread }) };
      return command.run({ ...here, args: parsed.value } as never);
    },
  });
};
