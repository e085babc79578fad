import type { TrailProblem } from './approvals';

/** Explains to the person who clicked why the audit trail stops a step. */
export const trailWords: Readonly<Record<TrailProblem, string>> = {
  repeated: 'this click was answered before: click again',
  'rolled-back':
    'the audit trail in Redis was rolled back: tell the administrators of this bot (peering-bot audit --verify)',
  unanchored:
    'the anchor of the audit trail cannot be used: tell the administrators of this bot (PEERING_AUDIT_ANCHOR)',
};

export const isTrailProblem = (reason: string): reason is TrailProblem => Object.hasOwn(trailWords, reason);
