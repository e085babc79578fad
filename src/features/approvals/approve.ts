import { decideApproval } from './decide-approval';
import { approvalActionIds, decodeApprovalAction } from './approval-button-values';
import { queueSealed, type SealServices } from './seal-job';
import { defineAction } from '../../slack/define';

/** An approver lets a request pass. */
export const approve = defineAction<SealServices>()({
  id: approvalActionIds.approve,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  run: ({ value: { request }, ...context }) =>
    queueSealed(decideApproval, { request, verdict: 'approved', reason: '' }, context),
});
