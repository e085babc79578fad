import { decideApproval } from './decide-approval';
import { approvalActionIds, decodeApprovalAction } from './approval-button-values';
import { queueSealed } from './seal-job';
import { defineAction } from '../../slack/define';

/** An approver lets a request pass. */
export const approve = defineAction({
  id: approvalActionIds.approve,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  run: ({ request }, asked, tools) =>
    queueSealed(decideApproval, { request, verdict: 'approved', reason: '' }, asked, tools),
});
