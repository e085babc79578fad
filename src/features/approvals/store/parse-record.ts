import type { Signer } from '../../../signing/sign';
import { ApprovalRecord, type ApprovalDecision, type ApprovalRequest } from '../requests/request';
import { cardClaim, decisionClaim, outcomeClaim, workClaim, yesesClaim } from './signed-claims';

/** The fields of a request's hash in Redis. */
export type RawRecord = Readonly<Record<string, string | undefined>>;

/**
 * Reads the request with this id from the fields that Redis holds. `forged`: a signature is missing or not by our key,
 * the fields are those of another request, or the state needs a decision that is not signed. The state itself is not
 * signed: the signed request, the signed decision, and what Consul shows at that moment decide what it allows.
 */
export const parseRecord = (
  raw: RawRecord,
  id: string,
  signer: Signer,
): ApprovalRecord | 'missing' | 'forged' => {
  if (raw['request'] === undefined) return 'missing';
  const parsed = ApprovalRecord.safeParse(raw);
  if (!parsed.success) return 'forged';
  const { request, state, decision, yeses, yesesSig, work } = parsed.data;
  const isSigned = (purpose: string, claim: unknown): boolean =>
    signer.verify(purpose, claim, raw[`${purpose}Sig`] ?? '');
  const genuine =
    // Otherwise, a genuine record that was copied under another id could be decided instead of the other one.
    request.id === id &&
    isSigned('request', request) &&
    (decision === null || isSigned('decision', decisionClaim(request, decision))) &&
    ((yeses.length === 0 && yesesSig === '') || isSigned('yeses', yesesClaim(request, yeses))) &&
    (work === null || isSigned('work', workClaim(request.id, work)));
  const needed = neededVerdict[state];
  if (!genuine || (needed !== undefined && decision?.verdict !== needed)) return 'forged';
  if (decision !== null && !coversSides(request, decision)) return 'forged';
  const { card, otherCard, outcome } = parsed.data;
  // They grant nothing. Without a signature, the bot posts a new card, and shows no outcome.
  return {
    ...parsed.data,
    card: card !== null && isSigned('card', cardClaim(id, card)) ? card : null,
    otherCard: otherCard !== null && isSigned('otherCard', cardClaim(id, otherCard)) ? otherCard : null,
    outcome: outcome !== null && isSigned('outcome', outcomeClaim(id, outcome)) ? outcome : null,
  };
};

/** Tells whether an approval holds a yes for each side of its request. */
export const coversSides = (
  { sides = [] }: Pick<ApprovalRequest, 'sides'>,
  { verdict, yeses = [] }: Pick<ApprovalDecision, 'verdict' | 'yeses'>,
): boolean =>
  verdict !== 'approved' ||
  sides.every((side) => yeses.some(({ clusters }) => side.every((cluster) => clusters.includes(cluster))));

const neededVerdict: Partial<Record<ApprovalRecord['state'], ApprovalDecision['verdict']>> = {
  approved: 'approved',
  running: 'approved',
  done: 'approved',
  unknown: 'approved',
  denied: 'denied',
  cancelled: 'cancelled',
};
