import type { ApprovalRecord } from '../requests/request';
import { readSide, type Sides } from '../runs/sides';
import { failure, type Result, success } from '../../../result';
import type { TokenServices } from '../jobs/services';
import { voidUnusedToken } from '../token/void-unused';
import { deleteOwn } from '../runs/write-peering';

/** Tells whether this run may undo its writes now. A reconcile, which does nothing else, always may. */
type MayWrite = () => Promise<boolean>;

/**
 * Undoes a connect that failed: on each side, a PENDING peering with this request's id is deleted, and on the dialer also
 * one that is not peered with the acceptor; a peering that was there before stays, and only its token is voided. Returns
 * facts for the card. A failure says why not all is undone yet: try again later.
 */
export const undoConnect = async (
  record: ApprovalRecord,
  { acceptor, dialer }: Sides,
  tokens: Pick<TokenServices, 'approvals'>,
  mayWrite: MayWrite = async () => true,
): Promise<Result<readonly string[]>> => {
  const { request } = record;
  const facts: string[] = [];
  const accepting = await readSide(acceptor);
  if (!accepting.ok) return accepting;
  for (const side of dialer === undefined ? [acceptor] : [dialer, acceptor]) {
    const read = await readSide(side);
    if (!read.ok) return read;
    const { value: peering } = read;
    const own = peering?.madeBy === request.id;
    // A peering with another cluster than the acceptor is useless in any state.
    const astray = side === dialer && peering !== null && peering.peerId !== accepting.value?.id;
    if (own && (peering.state === 'PENDING' || astray)) {
      if (!(await mayWrite())) return failure('another run took over');
      const writer = { client: side.client, request, approvals: tokens.approvals };
      const deleted = await deleteOwn(writer, side.cluster, side.name);
      if (!deleted.ok) return failure(deleted.error.message);
      facts.push(
        `deleted the ${peering.state} peering ${side.name} on ${side.cluster} that this request made`,
      );
    } else if (own) {
      facts.push(`the peering ${side.name} on ${side.cluster} is ${peering.state} and was not changed`);
    } else if (side === acceptor && record.work?.before) {
      if (!(await mayWrite())) return failure('another run took over');
      const voided = await voidUnusedToken(record, side, tokens);
      if (voided.kind === 'unreadable') return failure(voided.message);
      if (voided.kind === 'voided') facts.push(`voided the token made for ${side.name} on ${side.cluster}`);
    }
  }
  return success(facts);
};
