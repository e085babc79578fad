import type { KnownBlock, ModalView } from '@slack/types';
import { plainText } from './blocks';
import { decodeParts, encodeParts } from './button-value';

/**
 * Origin of a modal about stored runs, and the run that it shows. A modal has no channel of its own, so Slack returns
 * this with every click inside it.
 */
export interface ModalContext {
  /** Empty if it was opened from App Home. */
  readonly channel: string;
  /** Empty, as is the run, if the modal is not about one. */
  readonly cluster: string;
  readonly run: string;
}

/** Decodes the metadata of a modal; undefined if it is not valid. */
export const decodeModalContext = (metadata: string | undefined): ModalContext | undefined => {
  const parts = decodeParts(metadata, 3);
  if (parts === undefined || !parts.every((part) => typeof part === 'string')) return undefined;
  const [channel = '', cluster = '', run = ''] = parts;
  return { channel, cluster, run };
};

/** A modal without inputs: Slack sends nothing when it closes. `title` has at most 24 characters. */
export const modal = (
  callbackId: string,
  title: string,
  { channel, cluster, run }: ModalContext,
  blocks: readonly KnownBlock[],
): ModalView => ({
  type: 'modal',
  callback_id: callbackId,
  title: plainText(title),
  close: plainText('Close'),
  private_metadata: encodeParts([channel, cluster, run]) ?? '',
  blocks: [...blocks],
});
