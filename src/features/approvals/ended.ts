import { renderApprovalNotice } from './notice.message';
import type { ApprovalRecord, RequestState } from './request';

const words: Record<RequestState, string> = {
  pending: 'it still waits for a decision',
  approved: 'it was approved already',
  running: 'it was approved, and is being carried out',
  done: 'it was approved and carried out',
  failed: 'it failed',
  unknown: 'it was approved, and how it ended is not known yet',
  denied: 'it was denied already',
  expired: 'it expired: ask again',
  cancelled: 'its requester cancelled it',
};

/** What a late click is told: how it ended. */
export const howItStands = ({ state, outcome }: ApprovalRecord): string =>
  state === 'failed' && outcome !== null ? `it failed: ${outcome.message}` : words[state];

/** What a click on a request is told that is not kept any more, or was not made by this bot. */
export const noRequest = renderApprovalNotice('unclear', 'there is no such request any more');
