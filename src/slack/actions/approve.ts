import { decideApproval } from '../../jobs/tokens/decide-approval';
import { approvalActionIds, decodeApprovalAction } from '../../render/slack/approval-buttons';
import { queueSealed } from '../approvals/sealed';
import { defineAction } from '../define';

/** An approver lets a request pass. */
export const approve = defineAction({
  id: approvalActionIds.approve,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  run: ({ request }, asked, tools) =>
    queueSealed(decideApproval, { request, verdict: 'approved', reason: '' }, asked, tools),
});
