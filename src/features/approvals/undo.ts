import type { ApprovalRecord } from './request';
import { look, type Sides } from './sides';
import type { TokenServices } from './services';
import { voidToken } from './void-token';
import { deleteOwn } from './write';

export type Undone =
  | { readonly ok: true; readonly facts: readonly string[] }
  /** Not undone yet: try again later. */
  | { readonly ok: false; readonly message: string };

/** Tells whether this run may undo its writes now. A reconcile, which does nothing else, always may. */
type MayWrite = () => Promise<boolean>;

/**
 * Undoes a connect that failed: on each side, a PENDING peering with this request's id is deleted, and on the dialer also
 * one that is not peered with the acceptor; a peering that was there before stays, and only its token is voided.
 */
export const undoConnect = async (
  record: ApprovalRecord,
  { acceptor, dialer }: Sides,
  tokens: Pick<TokenServices, 'approvals'>,
  mayWrite: MayWrite = async () => true,
): Promise<Undone> => {
  const { request } = record;
  const facts: string[] = [];
  const accepting = await look(acceptor);
  if (!accepting.ok) return accepting;
  for (const side of dialer === undefined ? [acceptor] : [dialer, acceptor]) {
    const seen = await look(side);
    if (!seen.ok) return seen;
    const { peering } = seen;
    const own = peering?.madeBy === request.id;
    // A peering with another cluster than the acceptor is useless in any state.
    const astray = side === dialer && peering !== null && peering.peerId !== accepting.peering?.id;
    if (own && (peering.state === 'PENDING' || astray)) {
      if (!(await mayWrite())) return { ok: false, message: 'another run took over' };
      const writer = { client: side.client, request, approvals: tokens.approvals };
      const deleted = await deleteOwn(writer, side.cluster, side.name);
      if (!deleted.ok) return deleted;
      facts.push(
        `deleted the ${peering.state} peering ${side.name} on ${side.cluster} that this request made`,
      );
    } else if (own) {
      facts.push(`the peering ${side.name} on ${side.cluster} is ${peering.state} and was not changed`);
    } else if (side === acceptor && record.work?.before) {
      if (!(await mayWrite())) return { ok: false, message: 'another run took over' };
      const voided = await voidToken(record, side, tokens);
      if (voided.kind === 'unreadable') return { ok: false, message: voided.message };
      if (voided.kind === 'voided') facts.push(`voided the token made for ${side.name} on ${side.cluster}`);
    }
  }
  return { ok: true, facts };
};
