import { voidTokenJob } from './void-token';
import { approvalActionIds, decodeApprovalAction } from './approval-button-values';
import { queueSealed, type SealServices } from './seal-job';
import { defineAction } from '../../slack/define';

/** Makes a token useless that may have been generated and was not shown. */
export const voidToken = defineAction<SealServices>()({
  id: approvalActionIds.void,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  run: ({ value: { request }, ...context }) => queueSealed(voidTokenJob, { request }, context),
});
