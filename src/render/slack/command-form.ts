import type { ContextBlock, InputBlock, ModalView, PlainTextOption } from '@slack/types';
import { code, plain } from '../escape';
import { plainText } from './blocks';
import {
  form,
  type FormField,
  type FormOption,
  groupedSelect,
  input,
  inputAction,
  maxListed,
  searchMultiSelect,
  searchSelect,
  withUnlisted,
} from './form';

/** Modals that fill in the words of a command, and show the command that they make. */

/** A choice of a drop-down: what people read, and the word that it stands for. */
type Choice = readonly [text: string, value: string];

/** An input of such a modal. */
export interface CommandField extends FormField {
  readonly element: /** A cluster that the person may see; `all` offers several at once too: all, by owner, by label. */
    | { readonly kind: 'cluster'; readonly all?: true }
    /** Several of these clusters, by name, owner or label. */
    | { readonly kind: 'clusters' }
    | { readonly kind: 'choice'; readonly choices: readonly Choice[]; readonly initial?: string }
    /** The id of a check. */
    | { readonly kind: 'check' }
    /** Names that checks have found in clusters. A choice holds a cluster and names in it: `parts` words. */
    | { readonly kind: 'names'; readonly placeholder: string; readonly parts: number }
    | { readonly kind: 'text'; readonly maxLength: number; readonly initial?: string };
}

/** Values of inputs by their ids: none, one, or several. */
export type FieldValues = Readonly<Record<string, readonly string[]>>;

/** The modal of a command, as data. */
export interface CommandForm {
  readonly command: string;
  /** Tells apart the forms of a command with several; the command by default. */
  readonly id?: string;
  /** At most 24 characters. */
  readonly title: string;
  readonly submit: string;
  /** Set if the listener decides about access to the chosen clusters, although a job does so for the command. */
  readonly decidedBy?: 'listener';
  readonly fields: readonly CommandField[];
  /** Makes the words after the name of the command. */
  readonly words: (values: FieldValues) => readonly string[];
}

export interface CommandFormOptions {
  readonly channel: string;
  readonly thread: string | undefined;
  /** Clusters to choose from, by name; at least one. */
  readonly clusters: readonly string[];
  /** Words that select some of them by owner or label; none by default. */
  readonly selectors?: readonly string[] | undefined;
  readonly checkIds: readonly string[];
  /** Names that checks have found, by cluster, with values as `encodeParts` makes them; none by default. */
  readonly names?: readonly (readonly [cluster: string, options: readonly FormOption[]])[] | undefined;
  /** Values that are filled in already. */
  readonly values: FieldValues;
}

const previewId = 'preview';

/** The `callback_id` of the modal. */
export const formIdOf = ({ id, command }: Pick<CommandForm, 'id' | 'command'>): string =>
  `form:${id ?? command}`;

/** Slack accepts 100 options in a group; a drop-down without groups cannot have more. */
const maxInGroup = 100;

/** Choices under a heading. */
type Group = readonly [label: string, choices: readonly Choice[]];

const grouped = (options: readonly Choice[]): readonly Group[] =>
  Array.from({ length: Math.ceil(options.length / maxInGroup) }, (_, at) => {
    const part = options.slice(at * maxInGroup, (at + 1) * maxInGroup);
    const label = part.length === 1 ? part[0]?.[0] : `${part[0]?.[0]} … ${part.at(-1)?.[0]}`;
    return [label ?? '', part] as const;
  });

const optionOf = (choices: readonly Choice[], value: string | undefined): PlainTextOption | undefined => {
  const found = choices.find(([, one]) => one === value);
  return found && { text: plainText(plain(found[0], 75)), value: found[1] };
};

const select = (
  placeholder: string,
  groups: readonly Group[],
  chosen: string | undefined,
): InputBlock['element'] | undefined => {
  const initial = optionOf(
    groups.flatMap(([, choices]) => choices),
    chosen,
  );
  const element = groupedSelect(
    placeholder,
    groups.map(([label, choices]) => [label, choices.map(([text, value]) => ({ text, value }))] as const),
  );
  return element && { ...element, ...(initial && { initial_option: initial }) };
};

const named = (names: readonly string[]): readonly Choice[] => names.map((name) => [name, name]);

/** Lists what a field about clusters offers: words that stand for several, and each cluster. */
export const clusterOptions = (
  { element }: Pick<CommandField, 'element'>,
  clusters: readonly string[],
  selectors: readonly string[],
): readonly FormOption[] => {
  const several: readonly Choice[] =
    element.kind === 'clusters' || (element.kind === 'cluster' && element.all) ? named(selectors) : [];
  const all: readonly Choice[] = element.kind === 'cluster' && element.all ? [['All clusters', 'all']] : [];
  return [...all, ...several, ...named(clusters)].map(([text, value]) => ({ text, value }));
};

const elementOf = (
  { id, element }: CommandField,
  { clusters, selectors = [], checkIds, names = [], values }: CommandFormOptions,
): InputBlock['element'] | undefined => {
  const [chosen] = values[id] ?? [];
  const isSearched =
    (element.kind === 'cluster' || element.kind === 'clusters') && clusters.length > maxListed;
  if (isSearched) {
    const what = { count: clusters.length, of: 'clusters' };
    if (element.kind === 'clusters') return searchMultiSelect(what);
    const offered = clusterOptions({ element }, clusters, selectors);
    return searchSelect(
      what,
      offered.find(({ value }) => value === chosen),
    );
  }
  if (element.kind === 'cluster') {
    const all: readonly Choice[] = element.all ? [['All clusters', 'all'], ...named(selectors)] : [];
    return select('Choose a cluster', [['Several clusters', all], ...grouped(named(clusters))], chosen);
  }
  if (element.kind === 'clusters') {
    const several: Group = ['By owner or label', named(selectors)];
    const single = select('Choose clusters', [several, ...grouped(named(clusters))], undefined);
    return single?.type === 'static_select' ? { ...single, type: 'multi_static_select' } : undefined;
  }
  if (element.kind === 'choice') return select('Choose', grouped(element.choices), chosen);
  if (element.kind === 'names') return groupedSelect(element.placeholder, names);
  if (element.kind === 'check') return select('Choose a check', grouped(named(checkIds)), chosen);
  return {
    type: 'plain_text_input',
    action_id: inputAction,
    max_length: element.maxLength,
    dispatch_action_config: { trigger_actions_on: ['on_character_entered'] },
    ...(chosen !== undefined && { initial_value: chosen }),
  };
};

const line = (shown: CommandForm, values: FieldValues): string =>
  ['/peering', shown.command, ...shown.words(values)].join(' ');

const preview = (shown: CommandForm, values: FieldValues): ContextBlock => ({
  type: 'context',
  block_id: previewId,
  elements: [{ type: 'mrkdwn', text: `Sends ${code(line(shown, values), 500)}`, verbatim: true }],
});

/** Renders the modal of a command. A field without anything to choose is left out. */
export const renderCommandForm = (shown: CommandForm, options: CommandFormOptions): ModalView => {
  const initial: Record<string, readonly string[]> = { ...options.values };
  for (const { id, element } of shown.fields)
    if ('initial' in element && element.initial !== undefined) initial[id] ??= [element.initial];
  const inputs = shown.fields.flatMap((field) => {
    const element = elementOf(field, { ...options, values: initial });
    const hint = field.element.kind === 'names' ? withUnlisted(field.hint, options.names ?? []) : field.hint;
    return element === undefined ? [] : [{ ...input({ ...field, hint }, element), dispatch_action: true }];
  });
  return form(formIdOf(shown), shown.title, [options.channel, options.thread ?? null], shown.submit, [
    ...inputs,
    preview(shown, initial),
  ]);
};

/** A modal as Slack sends it along with a change of an input. */
export interface ShownModal {
  readonly private_metadata: string;
  readonly title: { readonly text: string };
  readonly blocks: readonly { readonly block_id?: string | undefined }[];
}

/** Renders an open modal with the command that its inputs make now, and nothing else changed. */
export const withPreview = (shown: CommandForm, modal: ShownModal, values: FieldValues): ModalView => ({
  ...form(formIdOf(shown), shown.title, [], shown.submit, []),
  private_metadata: modal.private_metadata,
  blocks: modal.blocks.map((block) =>
    block.block_id === previewId ? preview(shown, values) : block,
  ) as ModalView['blocks'],
});
