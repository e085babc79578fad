import { approvalButtons } from '../cards/buttons';
import { type ConfirmServices, confirmModal } from './confirm';
import { defineAction } from '../../../slack/define';

/** Shows an approver the request again, and asks for the reason; the submission denies it. */
export const deny = defineAction<ConfirmServices>()({
  button: approvalButtons.deny,
  decidedBy: 'request',
  request: ({ request }) => request,
  modal: { title: 'Deny the request', fill: (context) => confirmModal('denied', context) },
});
