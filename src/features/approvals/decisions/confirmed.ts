import { decodeParts } from '../../../render/slack/button-value';
import type { SubmittedModal } from '../../../slack/define';
import { approvalButtons, type ShownRequest } from '../cards/buttons';

/** Reads which request a submitted modal showed; undefined if the metadata is not the bot's own. */
export const confirmedIn = ({
  private_metadata: metadata,
}: SubmittedModal): (ShownRequest & { readonly channel: string }) | undefined => {
  // Modals of earlier versions hold no fingerprint.
  const [id, channel, fingerprint] = decodeParts(metadata, 3) ?? decodeParts(metadata, 2) ?? [];
  if (typeof id !== 'string' || typeof channel !== 'string') return undefined;
  const shown = approvalButtons.deny.decode(typeof fingerprint === 'string' ? `${id}.${fingerprint}` : id);
  return shown && { ...shown, channel };
};
