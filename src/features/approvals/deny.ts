import { approvalActionIds, decodeApprovalAction } from './approval-button-values';
import { renderDenyForm } from './request-forms.modal';
import { defineAction } from '../../slack/define';

/** Asks an approver for the reason; the request is denied when that is sent. */
export const deny = defineAction()({
  id: approvalActionIds.deny,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  modal: {
    title: 'Deny the request',
    fill: async ({ value: { request }, actor }) => renderDenyForm(request, actor.channel),
  },
});
