import { approvalButtons } from './approval-buttons';
import { renderDenyForm } from './request-forms.modal';
import { defineAction } from '../../slack/define';

/** Asks an approver for the reason; its submission denies the request. */
export const deny = defineAction()({
  button: approvalButtons.deny,
  decidedBy: 'request',
  request: (request) => request,
  modal: {
    title: 'Deny the request',
    fill: async ({ value: request, actor }) => renderDenyForm(request, actor.channel),
  },
});
