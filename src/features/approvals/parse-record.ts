import { z } from 'zod';
import { type ApprovalRecord, requestStates } from './request';
import type { Signer } from '../../signing/sign';
import { decisionClaim, workClaim } from './signed-claims';

export type RawRecord = Readonly<Record<string, string | undefined>>;

const Request = z.strictObject({
  id: z.string(),
  kind: z.enum(['token', 'connect']),
  acceptor: z.string(),
  dialer: z.string().nullable(),
  peer: z.string(),
  dialerPeer: z.string().nullable(),
  replace: z.boolean(),
  reason: z.string(),
  requester: z.string(),
  team: z.string(),
  organisation: z.string().optional(),
  channel: z.string(),
  plan: z.array(z.string()),
  unusedSince: z.number().optional(),
  digest: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
});

const Decision = z.strictObject({
  verdict: z.enum(['approved', 'denied', 'cancelled']),
  by: z.string(),
  team: z.string(),
  reason: z.string(),
  at: z.number(),
  validUntil: z.number(),
});

const Card = z.strictObject({ channel: z.string(), ts: z.string() });
const Mark = z.strictObject({ id: z.string(), state: z.string(), modifyIndex: z.number() });
const Work = z.strictObject({ before: Mark.nullable(), after: Mark.nullable(), view: z.string().optional() });
const Outcome = z.strictObject({ message: z.string(), facts: z.array(z.string()) });

const json = (text: string | undefined): unknown => {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Reads what Redis holds of a request. `forged`: a signature is missing or not by our key, or a state stands
 * there that needs a decision which nobody signed. The state itself is not signed: what it allows is decided
 * by the signed request, the signed decision, and what Consul shows at that moment.
 */
export const parseRecord = (raw: RawRecord, signer: Signer): ApprovalRecord | 'missing' | 'forged' => {
  if (raw['request'] === undefined) return 'missing';
  const request = Request.safeParse(json(raw['request']));
  const state = z.enum(requestStates).safeParse(raw['state']);
  const decision = Decision.nullable().safeParse(json(raw['decision']));
  if (!request.success || !state.success || !decision.success) return 'forged';
  if (!signer.verify('request', request.data, raw['requestSig'] ?? '')) return 'forged';
  if (decision.data !== null) {
    const claim = decisionClaim(request.data, decision.data);
    if (!signer.verify('decision', claim, raw['decisionSig'] ?? '')) return 'forged';
  }
  const needs = needsVerdict[state.data];
  if (needs !== undefined && decision.data?.verdict !== needs) return 'forged';
  const work = Work.nullable().safeParse(json(raw['work']));
  if (!work.success) return 'forged';
  if (
    work.data !== null &&
    !signer.verify('work', workClaim(request.data.id, work.data), raw['workSig'] ?? '')
  ) {
    return 'forged';
  }
  const card = Card.nullable().safeParse(json(raw['card']));
  const outcome = Outcome.nullable().safeParse(json(raw['outcome']));
  return {
    request: request.data,
    state: state.data,
    since: Number(raw['since'] ?? 0),
    decision: decision.data,
    fence: Number(raw['fence'] ?? 0),
    job: raw['job'] ?? null,
    card: card.success ? card.data : null,
    outcome: outcome.success ? outcome.data : null,
    work: work.data,
  };
};

const needsVerdict: Partial<Record<ApprovalRecord['state'], 'approved' | 'denied' | 'cancelled'>> = {
  approved: 'approved',
  running: 'approved',
  done: 'approved',
  unknown: 'approved',
  denied: 'denied',
  cancelled: 'cancelled',
};
