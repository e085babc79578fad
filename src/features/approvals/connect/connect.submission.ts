import { approvalFields as fields, approvalFormIds } from '../new-requests/form-parts.modal';
import { decodeParts } from '../../../render/slack/button-value';
import { inputProblems } from '../new-requests/input-problems';
import type { SealServices } from '../jobs/seal-job';
import { suggestClusters, submitRequest, nameFor, type NewRequest } from '../new-requests/new-request';
import type { Config } from '../../../config/config';
import { defineModal } from '../../../slack/define';
import { addressesIn } from '../new-requests/addresses-in';
import { choiceIn, textIn } from '../../../slack/modal-inputs';

/** The fields of the form; for an empty name, the configuration decides. */
interface Filled {
  readonly channel: string;
  readonly acceptor: string;
  readonly dialer: string;
  readonly peer: string;
  readonly dialerPeer: string;
  readonly reason: string;
  readonly externalAddresses?: readonly string[] | undefined;
}

const newRequestOf = (
  { acceptor, dialer, peer, dialerPeer, reason, externalAddresses }: Filled,
  { config: { clusters } }: { readonly config: Config },
): NewRequest => ({
  kind: 'connect',
  acceptor,
  dialer,
  peer: peer || nameFor(clusters.get(acceptor), dialer),
  dialerPeer: dialerPeer || nameFor(clusters.get(dialer), acceptor),
  reason,
  externalAddresses,
});

/** Handles the submitted form of `/peering connect`. */
export const submitConnect = defineModal<SealServices>()({
  callbackId: approvalFormIds.connect,
  command: 'connect',
  decidedBy: 'job',
  decode: (modal) => {
    const [channel] = decodeParts(modal.private_metadata, 1) ?? [];
    const acceptor = choiceIn(modal, fields.acceptor);
    const dialer = choiceIn(modal, fields.dialer);
    const peer = textIn(modal, fields.peer);
    const dialerPeer = textIn(modal, fields.dialerPeer);
    const reason = textIn(modal, fields.reason);
    if (typeof channel !== 'string' || acceptor === undefined || dialer === undefined) return undefined;
    if (peer === undefined || dialerPeer === undefined || reason === undefined) return undefined;
    const externalAddresses = addressesIn(modal);
    return { channel, acceptor, dialer, peer, dialerPeer, reason, externalAddresses };
  },
  access: ({ acceptor, dialer }) => [acceptor, dialer],
  channel: ({ channel }) => channel,
  suggest: (context) => suggestClusters('connect', context),
  problems: ({ value, ...context }) => inputProblems(newRequestOf(value, context), context),
  run: ({ value, ...context }) => submitRequest(newRequestOf(value, context), context),
});
