import { decideApproval } from '../../jobs/tokens/decide-approval';
import { approvalActionIds, decodeApprovalAction } from '../../render/slack/approval-buttons';
import { queueSealed } from '../approvals/sealed';
import { defineAction } from '../define';

/** Whoever asked takes the request back. */
export const cancel = defineAction({
  id: approvalActionIds.cancel,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  run: ({ request }, asked, tools) =>
    queueSealed(decideApproval, { request, verdict: 'cancelled', reason: '' }, asked, tools),
});
