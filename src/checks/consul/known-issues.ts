import type { KnownBug } from './define-issue';
import { routingIssues } from './routing-issues';
import { streamIssues } from './stream-issues';

/** All known issues. */
export const knownIssues: readonly KnownBug[] = [...streamIssues, ...routingIssues];
