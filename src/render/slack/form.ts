import type {
  ExternalSelect,
  InputBlock,
  ModalView,
  MultiExternalSelect,
  PlainTextElement,
  PlainTextOption,
  StaticSelect,
} from '@slack/types';
import { plain } from '../escape';
import { plainText } from './blocks';
import { encodeParts } from './button-value';
import { limits } from './limits';
import { grouped } from '../words';

/** The `action_id` of every input. Inputs differ in their `block_id`. */
export const inputAction = 'value';

export interface FormField {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly optional?: boolean | undefined;
}

export const input = (
  { id, label, hint, optional }: FormField,
  element: InputBlock['element'],
): InputBlock => ({
  type: 'input',
  block_id: id,
  label: plainText(label),
  element,
  ...(hint && { hint: plainText(hint) }),
  ...(optional && { optional }),
});

/** One option of a drop-down. */
export interface FormOption {
  readonly text: string;
  readonly value: string;
}

/** Slack accepts values of 150 characters, 100 options in each of 100 groups, and 250 kB in a view. */
const [maxValue, maxInGroup, maxGroups] = [150, 100, 100];

/** Maximum options of a drop-down. With more, Slack asks for those that match what the person types. */
export const maxListed = 600;

/** Options under a label. */
type OptionGroup = readonly [label: string, options: readonly FormOption[]];

/** Leaves out the options that do not fit, and groups without one. */
const fitting = (groups: readonly OptionGroup[]): readonly OptionGroup[] => {
  let left = maxListed;
  const shown = groups.flatMap(([label, options]): readonly OptionGroup[] => {
    const fit = options.filter(({ value }) => value.length <= maxValue).slice(0, Math.min(maxInGroup, left));
    left -= fit.length;
    return fit.length === 0 ? [] : [[label, fit]];
  });
  return shown.slice(0, maxGroups);
};

const countIn = (groups: readonly OptionGroup[]): number =>
  groups.reduce((sum, [, options]) => sum + options.length, 0);

/** Adds to a hint how many options `groupedSelect` leaves out. */
export const withUnlisted = (
  hint: string | undefined,
  groups: readonly OptionGroup[],
): string | undefined => {
  const unlisted = countIn(groups) - countIn(fitting(groups));
  return unlisted === 0
    ? hint
    : [`${grouped(unlisted)} more are not listed`, hint].filter(Boolean).join('. ');
};

/** A drop-down with a group of options for each label. Options that do not fit are left out; undefined if none is left. */
export const groupedSelect = (
  placeholder: string,
  groups: readonly OptionGroup[],
): StaticSelect | undefined => {
  const shown = fitting(groups);
  return shown.length === 0
    ? undefined
    : {
        type: 'static_select',
        action_id: inputAction,
        placeholder: plainText(placeholder),
        option_groups: shown.map(([label, options]) => ({
          label: plainText(plain(label, 75)),
          options: options.map(slackOption),
        })),
      };
};

const slackOption = ({ text, value }: FormOption): PlainTextOption => ({
  text: plainText(plain(text, 75)),
  value,
});

/** A drop-down whose options Slack loads for what a person types: `suggest` of the modal lists them. */
export const searchSelect = (
  { count, of }: { readonly count: number; readonly of: string },
  chosen: FormOption | undefined,
): ExternalSelect => ({
  type: 'external_select',
  action_id: inputAction,
  placeholder: plainText(`Search ${grouped(count)} ${of}`),
  min_query_length: 0,
  ...(chosen && { initial_option: slackOption(chosen) }),
});

/** As `searchSelect`, for several options. */
export const searchMultiSelect = (what: Parameters<typeof searchSelect>[0]): MultiExternalSelect => ({
  ...searchSelect(what, undefined),
  type: 'multi_external_select',
});

/** Options as Slack takes them from the bot. */
export type LoadedOptions =
  | { readonly options: PlainTextOption[] }
  | { readonly option_groups: { readonly label: PlainTextElement; readonly options: PlainTextOption[] }[] };

/** Renders the options that match a query: those that begin with it first. Where not all fit, the label says how many there are. */
export const renderMatches = (all: readonly FormOption[], query: string): LoadedOptions => {
  const words = query.trim().toLowerCase();
  const matches = all.filter(
    ({ text, value }) => value.length <= maxValue && text.toLowerCase().includes(words),
  );
  const [first, others] = [true, false].map((begins) =>
    matches.filter(({ text }) => text.toLowerCase().startsWith(words) === begins),
  );
  const options = [...(first ?? []), ...(others ?? [])].slice(0, maxInGroup).map(slackOption);
  if (matches.length <= maxInGroup) return { options };
  const label = `${maxInGroup} of ${grouped(matches.length)}: type more of the name`;
  return { option_groups: [{ label: plainText(label), options }] };
};

/**
 * A modal with inputs. `metadata` comes back with the submission: it names the channel in which the form was opened,
 * which grants can require and which the answer goes to.
 */
export const form = (
  callbackId: string,
  title: string,
  metadata: readonly (string | null)[],
  submit: string,
  blocks: ModalView['blocks'],
): ModalView => ({
  type: 'modal',
  callback_id: callbackId,
  private_metadata: encodeParts(metadata) ?? '',
  title: plainText(title.slice(0, limits.modalTitle)),
  submit: plainText(submit),
  close: plainText('Cancel'),
  blocks,
});
