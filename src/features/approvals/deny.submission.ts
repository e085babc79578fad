import { decideApproval } from './decide-approval';
import { approvalButtons } from './approval-buttons';
import { approvalFields, approvalFormIds } from './request-forms.modal';
import { decodeParts } from '../../render/slack/button-value';
import { queueSealed, type SealServices } from './seal-job';
import { defineModal } from '../../slack/define';
import { textIn } from '../../slack/inputs';

/** Denies a request with a reason. */
export const denyWithReason = defineModal<SealServices>()({
  callbackId: approvalFormIds.deny,
  decidedBy: 'request',
  decode: (view) => {
    const [id, channel] = decodeParts(view.private_metadata, 2) ?? [];
    const request = approvalButtons.deny.decode(typeof id === 'string' ? id : undefined);
    const reason = textIn(view, approvalFields.reason);
    return request === undefined || typeof channel !== 'string' || !reason
      ? undefined
      : { request, channel, reason };
  },
  request: ({ request }) => request,
  channel: ({ channel }) => channel,
  run: ({ value: { request, reason }, ...context }) =>
    queueSealed(decideApproval, { request, verdict: 'denied', reason }, context),
});
