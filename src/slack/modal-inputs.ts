import { z } from 'zod';
import { inputAction } from '../render/slack/form';
import type { SubmittedModal } from './define';

/** Readers of the inputs of a modal, by the `block_id` of the input. They come from outside. */

const Text = z.object({ value: z.string().max(3000).nullable() });
const Choice = z.object({ selected_option: z.object({ value: z.string().max(150) }).nullable() });
const Choices = z.object({ selected_options: z.array(z.object({ value: z.string().max(150) })) });

const given = ({ state }: SubmittedModal, block: string): unknown => state.values[block]?.[inputAction];

/** Reads a text, trimmed; empty if there is none, undefined if this is not a text input. */
export const textIn = (modal: SubmittedModal, block: string): string | undefined => {
  const read = Text.safeParse(given(modal, block));
  return read.success ? (read.data.value ?? '').trim() : undefined;
};

/** Reads the value of the chosen option. */
export const choiceIn = (modal: SubmittedModal, block: string): string | undefined => {
  const read = Choice.safeParse(given(modal, block));
  return read.success ? read.data.selected_option?.value : undefined;
};

/** Reads the values of the ticked boxes. */
export const choicesIn = (modal: SubmittedModal, block: string): readonly string[] => {
  const read = Choices.safeParse(given(modal, block));
  return read.success ? read.data.selected_options.map(({ value }) => value) : [];
};
