import { decideApproval } from './decide-approval';
import { approvalButtons } from '../cards/buttons';
import { queueSealed, type SealServices } from '../jobs/seal-job';
import { defineAction } from '../../../slack/define';

/** Cancels a request for its requester. */
export const cancel = defineAction<SealServices>()({
  button: approvalButtons.cancel,
  decidedBy: 'request',
  request: ({ request }) => request,
  run: ({ value: { request, fingerprint }, ...context }) =>
    queueSealed(decideApproval, { request, fingerprint, verdict: 'cancelled', reason: '' }, context),
});
