import type { ApprovalRequest, Decision, Work } from './request';

/** Makes the value that the signature of a decision covers: with the whole request, so that it cannot be moved. */
export const decisionClaim = (request: ApprovalRequest, decision: Decision): unknown => ({
  request,
  decision,
});

/** Makes the value that the signature of a run's work covers. */
export const workClaim = (id: string, work: Work): unknown => ({ id, work });
