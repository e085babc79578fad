import { decideApproval } from './decide-approval';
import { approvalActionIds, decodeApprovalAction } from './approval-button-values';
import { queueSealed } from './seal-job';
import { defineAction } from '../../slack/define';

/** Whoever asked takes the request back. */
export const cancel = defineAction({
  id: approvalActionIds.cancel,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  run: ({ request }, asked, tools) =>
    queueSealed(decideApproval, { request, verdict: 'cancelled', reason: '' }, asked, tools),
});
