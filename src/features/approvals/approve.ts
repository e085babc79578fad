import { decideApproval } from './decide-approval';
import { approvalButtons } from './approval-buttons';
import { queueSealed, type SealServices } from './seal-job';
import { defineAction } from '../../slack/define';

/** An approver lets a request pass. */
export const approve = defineAction<SealServices>()({
  button: approvalButtons.approve,
  decidedBy: 'request',
  request: (request) => request,
  run: ({ value: request, ...context }) =>
    queueSealed(decideApproval, { request, verdict: 'approved', reason: '' }, context),
});
