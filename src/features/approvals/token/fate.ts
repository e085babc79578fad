import type { PeeringFact } from '../plans/plan';
import type { ApprovalRecord } from '../requests/request';

/** Derives the fate of the token that a request generated from the present peering. */
export const fateOf = (
  { request: { id }, work }: ApprovalRecord,
  now: PeeringFact | null,
): 'not-generated' | 'gone' | 'superseded' | 'used' | 'unused' => {
  if (work === null) return 'not-generated';
  const { before, after } = work;
  if (now === null) return after === null && before === null ? 'not-generated' : 'gone';
  const known = after ?? before;
  // If none was there before and none was read after, only its Meta shows that this request made it.
  if (known === null ? now.madeBy !== id : now.id !== known.id) return 'gone';
  if (now.dialer) return 'gone';
  if (now.state !== 'PENDING') {
    // The peering was in use before, so it does not show whether the token was used. To void it does no harm.
    return before !== null && before.state !== 'PENDING' ? 'unused' : 'used';
  }
  if (after !== null) return now.modifyIndex === after.modifyIndex ? 'unused' : 'superseded';
  return before !== null && before.modifyIndex === now.modifyIndex ? 'not-generated' : 'unused';
};
