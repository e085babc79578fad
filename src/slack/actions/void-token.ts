import { voidToken as voidTokenJob } from '../../jobs/tokens/void-token';
import { approvalActionIds, decodeApprovalAction } from '../../render/slack/approval-buttons';
import { queueSealed } from '../approvals/sealed';
import { defineAction } from '../define';

/** Makes a token useless that may have been generated and was not shown. */
export const voidToken = defineAction({
  id: approvalActionIds.void,
  decidedBy: 'request',
  decode: decodeApprovalAction,
  request: ({ request }) => request,
  run: ({ request }, asked, tools) => queueSealed(voidTokenJob, { request }, asked, tools),
});
