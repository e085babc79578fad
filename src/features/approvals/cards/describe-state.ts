import { renderApprovalNotice } from './notice.message';
import type { ApprovalRecord, RequestState } from '../requests/request';

const words: Record<RequestState, string> = {
  pending: 'it is still waiting for a decision',
  approved: 'it is already approved',
  running: 'it is approved and running',
  done: 'it is approved and done',
  failed: 'it failed',
  unknown: 'it is approved, but its result is not known yet',
  denied: 'it is already denied',
  expired: 'it has expired: submit a new request',
  cancelled: 'the requester cancelled it',
};

/** Describes the state of a request to a person whose click came too late. */
export const describeState = ({ state, outcome }: ApprovalRecord): string =>
  state === 'failed' && outcome !== null ? `it failed: ${outcome.message}` : words[state];

/** Answers a click on a card that showed another request than the stored one. */
export const otherRequest = renderApprovalNotice(
  'refused',
  'nothing was decided: this message shows a different request than the stored one',
);

/** Answers a click on a request that is no longer stored, or that this bot did not make. */
export const noRequest = renderApprovalNotice('unclear', 'this request no longer exists');

/** Answers a click on *Approve* of a request that no card and no modal can show in full. */
export const notShownWhole = renderApprovalNotice(
  'refused',
  'nothing was decided: this request holds text that is too long to be shown in full',
);

export const ownRequest = {
  approved: 'you cannot approve your own request: another approver must decide',
  denied: 'you cannot deny your own request: cancel it instead',
};

export const notUndoer = 'only the requester and the approvers can undo a change';

export const notAnApprover = 'you are not an approver';
