import type { Evidence } from '../../report/report';
import { evidence } from '../evidence';
import type { ResolvedUpstream } from '../model';

/** Shows an upstream of a registration, or the service that a route or listener names. */
export const upstreamEvidence = ({
  at,
  upstream,
  named,
}: Pick<ResolvedUpstream, 'at' | 'upstream' | 'named'>): Evidence => evidence(at, '', named ?? upstream);
