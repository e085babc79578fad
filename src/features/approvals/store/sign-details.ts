import type { Signer } from '../../../signing/sign';
import type { RawRecord } from './parse-record';
import { ApprovalRecord } from '../requests/request';
import { cardClaim, outcomeClaim } from './signed-claims';

/**
 * Signs the card and the outcome of a request that an earlier version stored without signatures. Returns the fields to add,
 * for a request that is genuine under this id; none if nothing is missing.
 */
export const signDetails = (raw: RawRecord, id: string, signer: Signer): Readonly<Record<string, string>> => {
  const parsed = ApprovalRecord.safeParse(raw);
  if (!parsed.success) return {};
  const { request, card, outcome } = parsed.data;
  if (request.id !== id || !signer.verify('request', request, raw['requestSig'] ?? '')) return {};
  const fields: Record<string, string> = {};
  if (card !== null && raw['cardSig'] === undefined) {
    fields['cardSig'] = signer.sign('card', cardClaim(id, card));
  }
  if (outcome !== null && raw['outcomeSig'] === undefined) {
    fields['outcomeSig'] = signer.sign('outcome', outcomeClaim(id, outcome));
  }
  return fields;
};
