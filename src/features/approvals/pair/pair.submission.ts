import { decodeParts } from '../../../render/slack/button-value';
import { defineModal } from '../../../slack/define';
import { choiceIn, textIn } from '../../../slack/modal-inputs';
import { inputProblems } from '../new-requests/input-problems';
import { suggestClusters, pairRequest, submitRequest } from '../new-requests/new-request';
import { approvalFields as fields, approvalFormIds } from '../new-requests/form-parts.modal';
import type { SealServices } from '../jobs/seal-job';

/** Handles the submitted form of a command about the peering of two clusters, which have their names already. */
const pairSubmissionOf = (kind: 'disconnect' | 'renew') =>
  defineModal<SealServices>()({
    callbackId: approvalFormIds[kind],
    command: kind,
    decidedBy: 'job',
    decode: (modal) => {
      const [channel] = decodeParts(modal.private_metadata, 1) ?? [];
      const acceptor = choiceIn(modal, fields.acceptor);
      const dialer = choiceIn(modal, fields.dialer);
      const reason = textIn(modal, fields.reason);
      if (typeof channel !== 'string' || acceptor === undefined) return undefined;
      if (dialer === undefined || reason === undefined) return undefined;
      return { channel, names: { acceptor, dialer, reason } };
    },
    access: ({ names }) => [names.acceptor, names.dialer],
    channel: ({ channel }) => channel,
    suggest: (context) => suggestClusters(kind, context),
    problems: ({ value: { names }, ...context }) => inputProblems(pairRequest(kind, names, context), context),
    run: ({ value: { names }, ...context }) => submitRequest(pairRequest(kind, names, context), context),
  });

export const submitDisconnect = pairSubmissionOf('disconnect');
export const submitRenew = pairSubmissionOf('renew');
