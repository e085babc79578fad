import { voidToken as voidTokenJob } from './void-token';
import { approvalActionIds, decodeApprovalAction } from './approval-button-values';
import { queueSealed } from './seal-job';
import { defineAction } from '../../slack/define';

/** Makes a token useless that may have been generated and was not shown. */
export const voidToken = defineAction({
  id: approvalActionIds.void,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  run: ({ request }, asked, tools) => queueSealed(voidTokenJob, { request }, asked, tools),
});
