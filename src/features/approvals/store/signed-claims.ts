import type { MessageRef } from '../../../slack/api/message-ref';
import type { ApprovalRequest, ApprovalDecision, ApprovalOutcome, GivenYes, Work } from '../requests/request';

/** Makes the value that the signature of a decision covers: with the whole request, so that it cannot be moved. */
export const decisionClaim = (request: ApprovalRequest, decision: ApprovalDecision): unknown => ({
  request,
  decision,
});

/** Makes the value that the signature of yeses covers: with the whole request, so that none counts for another. */
export const yesesClaim = (request: ApprovalRequest, yeses: readonly GivenYes[]): unknown => ({
  request,
  yeses,
});

/** Makes the value that the signature of a run's work covers. */
export const workClaim = (id: string, work: Work): unknown => ({ id, work });

/** Makes the value that the signature of a card's coordinates covers. */
export const cardClaim = (id: string, card: MessageRef): unknown => ({ id, card });

/** Makes the value that the signature of an outcome covers. */
export const outcomeClaim = (id: string, outcome: ApprovalOutcome): unknown => ({ id, outcome });
