import { approvalButtons } from '../cards/buttons';
import { type ConfirmServices, confirmModal } from './confirm';
import { defineAction } from '../../../slack/define';

/** Shows an approver the request again, from its verified record; the submission approves it. */
export const approve = defineAction<ConfirmServices>()({
  button: approvalButtons.approve,
  decidedBy: 'request',
  request: ({ request }) => request,
  modal: { title: 'Approve the request', fill: (context) => confirmModal('approved', context) },
});
