import type { Change, IssueState, TrackedIssue } from '../../report/track-changes';
import { digestOf } from '../../signing/sign';

/** A change of a finding that a subscription has confirmed, as it waits to be announced. JSON-safe. */
export interface FoundEvent {
  /** Unique, and equal if the poll that found it runs again. */
  readonly change: string;
  /** Identifies the finding: hash of cluster, check and subject. */
  readonly issue: string;
  readonly cluster: string;
  readonly check: string;
  readonly subject: TrackedIssue['subject'];
  readonly message: string;
  readonly state: IssueState;
  /** True while it keeps changing. Then its worst state counts. */
  readonly flapping: boolean;
  /** ms since the epoch. */
  readonly at: number;
}

/**
 * Returns the events of the changes of one poll.
 *
 * @param cluster the one that is subscribed to; changes of several clusters name theirs
 * @param source identifies the poll
 */
export const eventsOf = (
  changes: readonly Change[],
  cluster: string,
  source: object,
  at: number,
): readonly FoundEvent[] =>
  changes.flatMap((change) => {
    if (!('issue' in change)) return [];
    const { check, subject, message, cluster: own = cluster } = change.issue;
    const issue = digestOf([own, check, subject.kind, subject.name]).slice(0, 32);
    return [
      {
        change: digestOf({ source, issue }).slice(0, 32),
        issue,
        cluster: own,
        check,
        subject,
        message,
        state: stateAfter(change),
        flapping: change.kind === 'issue-flapping',
        at,
      },
    ];
  });

const stateAfter = (change: Extract<Change, { readonly issue: TrackedIssue }>): IssueState => {
  if (change.kind === 'issue') return change.after;
  return change.kind === 'issue-flapping' ? change.worst : change.at;
};
