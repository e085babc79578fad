import { approvalActionIds, decodeApprovalAction } from '../../render/slack/approval-buttons';
import { renderDenyForm } from '../../render/slack/approval-forms';
import { defineAction } from '../define';

/** Asks an approver for the reason; the request is denied when that is sent. */
export const deny = defineAction({
  id: approvalActionIds.deny,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  modal: {
    title: 'Deny the request',
    fill: async ({ request }, { actor }) => renderDenyForm(request, actor.channel),
  },
});
