import { revealToken } from '../../jobs/tokens/reveal-token';
import { approvalActionIds, decodeApprovalAction } from '../../render/slack/approval-buttons';
import { queueSealed } from '../approvals/sealed';
import { defineAction } from '../define';

/** Opens an empty modal; the worker that can generate the token puts it there, and nowhere else. */
export const reveal = defineAction({
  id: approvalActionIds.reveal,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  modal: {
    title: 'Peering token',
    fill: ({ request }, asked, tools, view) => queueSealed(revealToken, { request, view }, asked, tools),
  },
});
