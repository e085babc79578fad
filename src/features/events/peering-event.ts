import { z } from 'zod';
import { type IssueState, isOpen } from '../../report/track-changes';
import type { Announcement } from './announcements.store';

/** Body of a webhook: one change of one finding. */
export interface PeeringEvent {
  readonly schemaVersion: 1;
  /** Unique for a receiver, and equal each time that it is sent. */
  readonly id: string;
  /**
   * `added`: is found now; `changed`: its severity, or whether it is flapping; `resolved`: is no longer found, or below the
   * severity of the receiver; `muted`: is found, and no longer counts.
   */
  readonly type: 'added' | 'changed' | 'resolved' | 'muted';
  /** When it was confirmed (ISO 8601). */
  readonly at: string;
  /** Identifies the finding: equal for one cluster, check and subject. */
  readonly issue: string;
  /** Increases with each change of the finding. */
  readonly sequence: number;
  readonly cluster: string;
  /** The id of the check. */
  readonly check: string;
  readonly subject: { readonly kind: string; readonly name: string };
  /** Null if it is no longer found, or muted. */
  readonly severity: 'error' | 'warning' | null;
  /** True if it keeps changing. No more events follow until it is calm. */
  readonly flapping: boolean;
  /** The latest message of the finding. Text from the cluster: escape it. */
  readonly message: string;
}

export const StoredEvent: z.ZodType<PeeringEvent> = z.object({
  schemaVersion: z.literal(1),
  id: z.string(),
  type: z.enum(['added', 'changed', 'resolved', 'muted']),
  at: z.string(),
  issue: z.string(),
  sequence: z.number(),
  cluster: z.string(),
  check: z.string(),
  subject: z.object({ kind: z.string(), name: z.string() }),
  severity: z.enum(['error', 'warning']).nullable(),
  flapping: z.boolean(),
  message: z.string(),
});

const typeOf = (before: boolean, after: boolean, state: IssueState): PeeringEvent['type'] => {
  if (after) return before ? 'changed' : 'added';
  return state === 'muted' ? 'muted' : 'resolved';
};

/** Returns the event for a receiver with this threshold; undefined if it was not open before, and is not open now. */
export const toPeeringEvent = (
  { found, before, sequence }: Announcement,
  severity: 'error' | 'warning',
): PeeringEvent | undefined => {
  const { issue, cluster, check, subject, message, state, flapping, at } = found;
  const [was, is] = [isOpen(before, severity), isOpen(state, severity)];
  if (!was && !is) return undefined;
  return {
    schemaVersion: 1,
    id: `${issue}-${sequence}`,
    type: typeOf(was, is, state),
    at: new Date(at).toISOString(),
    issue,
    sequence,
    cluster,
    check,
    subject,
    severity: state === 'error' || state === 'warning' ? state : null,
    flapping,
    message,
  };
};
