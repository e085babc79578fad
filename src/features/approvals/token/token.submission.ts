import { approvalFields as fields, approvalFormIds } from '../new-requests/form-parts.modal';
import { decodeParts } from '../../../render/slack/button-value';
import { suggestClusters, submitRequest, type NewRequest } from '../new-requests/new-request';
import { inputProblems } from '../new-requests/input-problems';
import type { SealServices } from '../jobs/seal-job';
import { defineModal } from '../../../slack/define';
import { addressesIn } from '../new-requests/addresses-in';
import { choiceIn, choicesIn, textIn } from '../../../slack/modal-inputs';

/** Handles the submitted form of `/peering token`. */
export const submitToken = defineModal<SealServices>()({
  callbackId: approvalFormIds.token,
  command: 'token',
  decidedBy: 'job',
  decode: (modal) => {
    const [channel] = decodeParts(modal.private_metadata, 1) ?? [];
    const acceptor = choiceIn(modal, fields.acceptor);
    const peer = textIn(modal, fields.peer);
    const reason = textIn(modal, fields.reason);
    if (typeof channel !== 'string' || acceptor === undefined) return undefined;
    if (peer === undefined || reason === undefined) return undefined;
    const replace = choicesIn(modal, fields.replace).includes('replace');
    const externalAddresses = addressesIn(modal);
    const request: NewRequest = { kind: 'token', acceptor, peer, replace, reason, externalAddresses };
    return { channel, request };
  },
  access: ({ request }) => [request.acceptor],
  channel: ({ channel }) => channel,
  suggest: (context) => suggestClusters('token', context),
  problems: ({ value: { request }, ...context }) => inputProblems(request, context),
  run: ({ value: { request }, ...context }) => submitRequest(request, context),
});
