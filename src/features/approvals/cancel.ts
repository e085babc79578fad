import { decideApproval } from './decide-approval';
import { approvalButtons } from './approval-buttons';
import { queueSealed, type SealServices } from './seal-job';
import { defineAction } from '../../slack/define';

/** Cancels a request for its requester. */
export const cancel = defineAction<SealServices>()({
  button: approvalButtons.cancel,
  decidedBy: 'request',
  request: ({ request }) => request,
  run: ({ value: { request, fingerprint }, ...context }) =>
    queueSealed(decideApproval, { request, fingerprint, verdict: 'cancelled', reason: '' }, context),
});
