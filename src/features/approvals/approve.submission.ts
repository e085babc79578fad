import { decideApproval } from './decide-approval';
import { confirmedIn } from './confirmed';
import { approvalFormIds } from './request-forms.modal';
import { queueSealed, type SealServices } from './seal-job';
import { defineModal } from '../../slack/define';

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
