import { isReported, type Observation, startTracking, trackChanges } from '../../report/track-changes';
import type { Subscription } from './subscriptions.store';
import { type LastPoll, scopeOf, type Watch } from './watches.store';

interface ObservedPoll {
  readonly observation: Observation;
  readonly poll: LastPoll;
  /** When the poll was planned (ms since the epoch). */
  readonly planned: number;
  /** The other sides of peerings that the owner may see. */
  readonly otherSides: readonly string[];
  /** True if the state before may be about other sides that the owner may no longer see. */
  readonly isNarrower: boolean;
}

/** Maximum stored changes of one poll; the rest are counted. */
const maxChanges = 50;
const maxStory = 8;
/** Maximum polls with changes that are not posted yet; older ones are dropped. */
const maxPending = 10;

/** Adds one poll to the state of a subscription. One that is already included changes nothing. */
export const remember = (
  before: Watch | undefined,
  subscription: Subscription,
  { observation, poll, planned, otherSides, isNarrower }: ObservedPoll,
): Watch => {
  const { createdMs, severity } = subscription;
  const scope = scopeOf(subscription);
  if (before === undefined || before.createdMs !== createdMs) {
    return {
      createdMs,
      scope,
      tracked: startTracking(observation, poll.at),
      otherSides,
      look: poll,
      planned,
      story: [],
      pending: [],
      nextSeq: 1,
      card: { ref: null, count: 1, since: poll.at, shown: '', shownAt: 0 },
      refusals: 0,
    };
  }
  if (before.planned >= planned) return before;
  if (isNarrower || before.scope !== scope) {
    const fresh = { scope, tracked: startTracking(observation, poll.at), otherSides, look: poll, planned };
    return { ...before, ...fresh, ...(isNarrower && { story: [], pending: [] }) };
  }
  const { tracked, changes } = trackChanges(before.tracked, observation, poll.at);
  const reported = changes.filter((change) => isReported(change, severity));
  if (reported.length === 0) return { ...before, tracked, otherSides, look: poll, planned };
  const entry = {
    seq: before.nextSeq,
    at: poll.at,
    verdict: tracked.verdict.reported,
    changes: reported.slice(0, maxChanges),
    more: Math.max(0, reported.length - maxChanges),
  };
  return {
    ...before,
    tracked,
    otherSides,
    look: poll,
    planned,
    story: [entry, ...before.story].slice(0, maxStory),
    pending: [...before.pending, entry].slice(-maxPending),
    nextSeq: before.nextSeq + 1,
  };
};
