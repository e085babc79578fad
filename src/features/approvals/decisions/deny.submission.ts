import { decideApproval } from './decide-approval';
import { confirmedIn } from './confirmed';
import { approvalFields, approvalFormIds } from '../new-requests/form-parts.modal';
import { queueSealed, type SealServices } from '../jobs/seal-job';
import { defineModal } from '../../../slack/define';
import { textIn } from '../../../slack/modal-inputs';

/** Denies a request with a reason. */
export const denyWithReason = defineModal<SealServices>()({
  callbackId: approvalFormIds.deny,
  decidedBy: 'request',
  decode: (modal) => {
    const confirmed = confirmedIn(modal);
    const reason = textIn(modal, approvalFields.reason);
    return confirmed === undefined || !reason ? undefined : { ...confirmed, reason };
  },
  request: ({ request }) => request,
  channel: ({ channel }) => channel,
  run: ({ value: { request, fingerprint, reason }, ...context }) =>
    queueSealed(decideApproval, { request, fingerprint, verdict: 'denied', reason }, context),
});
