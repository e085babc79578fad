import { decideApproval } from './decide-approval';
import { decodeApprovalAction } from './approval-button-values';
import { approvalFields, approvalFormIds } from './request-forms.modal';
import { decodeParts } from '../../render/slack/button-value';
import { queueSealed, type SealServices } from './seal-job';
import { defineModal } from '../../slack/define';
import { textIn } from '../../slack/inputs';

/** An approver has said why not. */
export const denyWithReason = defineModal<SealServices>()({
  callbackId: approvalFormIds.deny,
  decidedBy: 'request',
  decode: (view) => {
    const [request, channel] = decodeParts(view.private_metadata, 2) ?? [];
    const action = decodeApprovalAction(typeof request === 'string' ? request : undefined);
    const reason = textIn(view, approvalFields.reason);
    return action === undefined || typeof channel !== 'string' || !reason
      ? undefined
      : { ...action, channel, reason };
  },
  request: ({ request }) => request,
  channel: ({ channel }) => channel,
  run: ({ value: { request, reason }, ...context }) =>
    queueSealed(decideApproval, { request, verdict: 'denied', reason }, context),
});
