import type { KnownBlock, ModalView } from '@slack/types';
import { decodeParts, encodeParts } from './button-value';

/**
 * Where a modal over stored runs was opened from, and the run that it shows. Slack sends it back with every click
 * inside the modal, which itself has no channel.
 */
export interface ModalContext {
  /** Empty where it was opened from none, as on App Home. */
  readonly channel: string;
  /** Empty, as is the run, where it is not about one. */
  readonly cluster: string;
  readonly run: string;
}

/** Reads what a modal carries; nothing where it is not one of these. */
export const decodeModalContext = (metadata: string | undefined): ModalContext | undefined => {
  const parts = decodeParts(metadata, 3);
  if (parts === undefined || !parts.every((part) => typeof part === 'string')) return undefined;
  const [channel = '', cluster = '', run = ''] = parts;
  return { channel, cluster, run };
};

/** A modal without inputs: nothing is sent back when it is closed. `title` has at most 24 characters. */
export const modal = (
  callbackId: string,
  title: string,
  { channel, cluster, run }: ModalContext,
  blocks: readonly KnownBlock[],
): ModalView => ({
  type: 'modal',
  callback_id: callbackId,
  title: { type: 'plain_text', text: title },
  close: { type: 'plain_text', text: 'Close' },
  private_metadata: encodeParts([channel, cluster, run]) ?? '',
  blocks: [...blocks],
});
