import type { ApprovalRecord } from '../requests/request';
import { readSide, markOf, type Side } from '../runs/sides';
import type { TokenServices } from '../jobs/services';
import { fateOf } from './fate';
import { voidByGenerating } from '../runs/write-peering';

export type Voided =
  /** `certain`: nobody had used it. A peering that was already in use does not show that. */
  | { readonly kind: 'voided'; readonly certain: boolean }
  /** Its token was used, so there is nothing to void. */
  | { readonly kind: 'used'; readonly state: string }
  /** No token of this request can be used. */
  | { readonly kind: 'nothing'; readonly why: string }
  /** The cluster does not answer, or the write may not have been done: try again later. */
  | { readonly kind: 'unreadable'; readonly message: string };

const nothing: Record<'not-generated' | 'gone' | 'superseded', string> = {
  'not-generated': 'no token was generated',
  gone: 'the peering of the token no longer exists',
  superseded: 'a newer token was generated for the same peering, which voided it',
};

/**
 * Voids the token of a request, if one was generated and nobody has used it. Reads first, each time: the index of a
 * PENDING peering shows whether its newest token is this one.
 */
export const voidUnusedToken = async (
  record: ApprovalRecord,
  side: Side,
  tokens: Pick<TokenServices, 'approvals'>,
  person?: string,
): Promise<Voided> => {
  const read = await readSide(side);
  if (!read.ok) return { kind: 'unreadable', message: read.error };
  const { value: peering } = read;
  const fate = fateOf(record, peering);
  if (fate === 'used') return { kind: 'used', state: peering?.state ?? '' };
  if (fate !== 'unused') return { kind: 'nothing', why: nothing[fate] };
  const written = await voidByGenerating({
    client: side.client,
    request: record.request,
    approvals: tokens.approvals,
    person,
  });
  const voided = { kind: 'voided', certain: peering?.state === 'PENDING' } as const;
  if (written.ok) return voided;
  // If the write may have been done, another read shows it: the index has increased.
  const reread = written.error.open ? await readSide(side) : undefined;
  return reread?.ok === true && markOf(reread.value)?.modifyIndex !== markOf(peering)?.modifyIndex
    ? voided
    : { kind: 'unreadable', message: written.error.message };
};
