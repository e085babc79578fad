import type { AccessDecision } from '../access/access';
import type { Permission } from '../access/authorizer';
import type { RequestFailure } from '../render/failure';

/** Explains a refusal to the person. */
export const refusalWords = (
  decision: Exclude<AccessDecision, { kind: 'allowed' }>,
  { command, clusters }: Permission,
): RequestFailure =>
  decision.kind === 'denied' && decision.because !== 'not-granted'
    ? { kind: 'other-team' }
    : { kind: 'not-allowed', command, cluster: clusters[0] ?? null };
