import type { TrailProblem } from './approvals';

/** Explains to the person who clicked why the audit trail stops a step. */
export const trailWords: Readonly<Record<TrailProblem, string>> = {
  repeated: 'this click was already answered: click again',
  'rolled-back':
    'the audit trail in Redis was rolled back. Ask the administrators of this bot to run peering-bot audit --verify',
  unanchored:
    'the anchor of the audit trail cannot be used. Ask the administrators of this bot to check PEERING_AUDIT_ANCHOR',
};

export const isTrailProblem = (reason: string): reason is TrailProblem => Object.hasOwn(trailWords, reason);
