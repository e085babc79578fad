import { type Event, events, next } from '../../../src/features/approvals/machine';
import type { State } from '../../../src/features/approvals/request';
import type { AuditEntry } from '../../../src/features/audit/audit-chain';

/** What a trail says has happened to a request, in order. */
export const stepsOf = (
  trail: readonly AuditEntry[],
  id: string,
): readonly (AuditEntry & { event: Event })[] =>
  trail
    .filter(({ requestId }) => requestId === id)
    .flatMap((entry) => {
      const event = events.find((one) => one === entry.action);
      return event === undefined ? [] : [{ ...entry, event }];
    });

/** The state that a trail leads to. @throws where it does what the state machine does not, or nobody may. */
export const follow = (trail: readonly AuditEntry[], id: string, requester: string): State =>
  stepsOf(trail, id).reduce<State>((state, { event, person }) => {
    const to = next(state, event);
    if (to === undefined) throw new Error(`${event} in ${state}`);
    if (event === 'approve' && person === requester) throw new Error('approved by its requester');
    return to;
  }, 'pending');
