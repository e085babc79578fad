import type { ApprovalRequest, ApprovalDecision, Work } from './request';

/** Makes the value that the signature of a decision covers: with the whole request, so that it cannot be moved. */
export const decisionClaim = (request: ApprovalRequest, decision: ApprovalDecision): unknown => ({
  request,
  decision,
});

/** Makes the value that the signature of a run's work covers. */
export const workClaim = (id: string, work: Work): unknown => ({ id, work });
