import { decideApproval } from './decide-approval';
import { confirmedIn } from './confirmed';
import { approvalFormIds } from '../new-requests/form-parts.modal';
import { queueSealed, type SealServices } from '../jobs/seal-job';
import { defineModal } from '../../../slack/define';

/** Approves the request that the modal showed. */
export const approveConfirmed = defineModal<SealServices>()({
  callbackId: approvalFormIds.approve,
  decidedBy: 'request',
  decode: confirmedIn,
  request: ({ request }) => request,
  channel: ({ channel }) => channel,
  run: ({ value: { request, fingerprint }, ...context }) =>
    queueSealed(decideApproval, { request, fingerprint, verdict: 'approved', reason: '' }, context),
});
