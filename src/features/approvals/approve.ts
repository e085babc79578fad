import { decideApproval } from './decide-approval';
import { approvalButtons } from './approval-buttons';
import { queueSealed, type SealServices } from './seal-job';
import { defineAction } from '../../slack/define';

/** Approves a request. */
export const approve = defineAction<SealServices>()({
  button: approvalButtons.approve,
  decidedBy: 'request',
  request: (request) => request,
  run: ({ value: request, ...context }) =>
    queueSealed(decideApproval, { request, verdict: 'approved', reason: '' }, context),
});
