import type { LostRun } from '../runs/lost-run';
import type { ApprovalRecord } from '../requests/request';
import { readSide, type Sides } from '../runs/sides';
import type { TokenServices } from '../jobs/services';
import { undoConnect } from './undo-connect';

/** Reads the state of both sides of a connect. */
export const connectState = async (
  { request }: ApprovalRecord,
  { acceptor, dialer }: Sides,
  signal?: AbortSignal,
): Promise<
  | { readonly kind: 'active' }
  /** Nothing exists except what may be undone. */
  | { readonly kind: 'nothing' }
  /** The dialer's peering of this request is not with the acceptor. */
  | { readonly kind: 'other'; readonly message: string }
  | { readonly kind: 'between' | 'unreadable'; readonly message: string }
> => {
  if (dialer === undefined) throw new Error('a connect has two sides');
  const [one, other] = await Promise.all([readSide(acceptor, signal), readSide(dialer, signal)]);
  if (!one.ok) return { kind: 'unreadable', message: one.error };
  if (!other.ok) return { kind: 'unreadable', message: other.error };
  const [a, d] = [one.value, other.value];
  // A peering of the dialer that was made in another way is not this request's: its own does not exist.
  if (d === null || d.madeBy !== request.id || d.state === 'PENDING') return { kind: 'nothing' };
  if (a?.state === 'ACTIVE' && d.state === 'ACTIVE' && d.peerId === a.id) return { kind: 'active' };
  if (d.peerId !== '' && d.peerId !== a?.id) {
    return { kind: 'other', message: `${dialer.cluster} is not peered with ${acceptor.cluster}` };
  }
  const message = `${acceptor.cluster} says ${a?.state ?? 'no peering'}, ${dialer.cluster} says ${d.state}`;
  return { kind: 'between', message };
};

/** Finds out how a connect that was cut off ended, and undoes what is left of one that did not. */
export const reconcileConnect = async (
  record: ApprovalRecord,
  sides: Sides,
  tokens: Pick<TokenServices, 'approvals'>,
): Promise<LostRun> => {
  const state = await connectState(record, sides);
  if (state.kind === 'active') return { event: 'reconcile-done', message: 'both sides are ACTIVE' };
  if (state.kind === 'between' || state.kind === 'unreadable') return { wait: state.message };
  const undone = await undoConnect(record, sides, tokens);
  if (!undone.ok) return { wait: undone.error };
  const message = 'interrupted, and the bot undid what it had started: submit a new request';
  return { event: 'reconcile-undone', message, facts: undone.value };
};
