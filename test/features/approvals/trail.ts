import { RequestEvent, nextState } from '../../../src/features/approvals/requests/transitions';
import type { RequestState } from '../../../src/features/approvals/requests/request';
import type { AuditEntry } from '../../../src/features/audit/audit-chain';

/** Actions on a request in order, as its trail records them. */
export const stepsOf = (
  trail: readonly AuditEntry[],
  id: string,
): readonly (AuditEntry & { event: RequestEvent })[] =>
  trail
    .filter(({ requestId }) => requestId === id)
    .flatMap((entry) => {
      const event = RequestEvent.options.find((one) => one === entry.action);
      return event === undefined ? [] : [{ ...entry, event }];
    });

/** The state that a trail leads to. @throws where it does what the state machine does not, or nobody may. */
export const follow = (trail: readonly AuditEntry[], id: string, requester: string): RequestState =>
  stepsOf(trail, id).reduce<RequestState>((state, { event, person }) => {
    const to = nextState(state, event);
    if (to === undefined) throw new Error(`${event} in ${state}`);
    if (event === 'approve' && person === requester) throw new Error('approved by its requester');
    return to;
  }, 'pending');
