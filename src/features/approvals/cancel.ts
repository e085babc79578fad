import { decideApproval } from './decide-approval';
import { approvalActionIds, decodeApprovalAction } from './approval-button-values';
import { queueSealed, type SealServices } from './seal-job';
import { defineAction } from '../../slack/define';

/** Whoever asked takes the request back. */
export const cancel = defineAction<SealServices>()({
  id: approvalActionIds.cancel,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  run: ({ value: { request }, ...context }) =>
    queueSealed(decideApproval, { request, verdict: 'cancelled', reason: '' }, context),
});
