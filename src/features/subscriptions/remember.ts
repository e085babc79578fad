import {
  isReported,
  type Observation,
  startTracking,
  trackChanges,
  type VerdictChange,
} from '../../report/track-changes';
import { eventsOf } from '../events';
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
  /** True if a receiver of events is configured. */
  readonly hasReceivers: boolean;
  /** Tells whether people on call are mentioned because of a change. */
  readonly beginsIncident: (change: VerdictChange) => boolean;
}

/** Maximum stored changes of one poll; the rest are counted. */
const maxChanges = 50;
const maxStory = 8;
/** Maximum polls with changes that are not posted yet; older ones are dropped. */
const maxPending = 10;
/** Maximum events that are not announced yet; older ones are dropped. */
const maxEvents = 2_000;

/** Adds one poll to the state of a subscription. One that is already included changes nothing. */
export const remember = (
  before: Watch | undefined,
  subscription: Subscription,
  { observation, poll, planned, otherSides, isNarrower, hasReceivers, beginsIncident }: ObservedPoll,
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
    return { ...before, ...fresh, ...(isNarrower && { story: [], pending: [], events: [] }) };
  }
  const { tracked, changes, verdictChanges } = trackChanges(before.tracked, observation, poll.at);
  const source = { subscription: [subscription.channel, subscription.cluster, createdMs], planned };
  const found = hasReceivers ? eventsOf(changes, subscription.cluster, source, poll.at) : [];
  const events = [...(before.events ?? []), ...found].slice(-maxEvents);
  const next = { ...before, tracked, otherSides, look: poll, planned, events };
  const reported = changes.filter((change) => isReported(change, severity));
  const turned = verdictChanges.filter(beginsIncident).map(({ cluster = subscription.cluster }) => cluster);
  if (reported.length === 0 && turned.length === 0) return next;
  const entry = {
    seq: before.nextSeq,
    at: poll.at,
    verdict: tracked.verdict.reported,
    changes: reported.slice(0, maxChanges),
    more: Math.max(0, reported.length - maxChanges),
    ...(turned.length > 0 && { turned }),
  };
  return {
    ...next,
    story: [entry, ...before.story].slice(0, maxStory),
    pending: [...before.pending, entry].slice(-maxPending),
    nextSeq: before.nextSeq + 1,
  };
};

/** Adds a reply that mentions people on call whose hours have begun since the change. */
export const addLateMention = (watch: Watch, turned: readonly string[]): Watch => {
  if (turned.length === 0) return watch;
  const { look, tracked, pending, nextSeq } = watch;
  const entry = { seq: nextSeq, at: look.at, verdict: tracked.verdict.reported, changes: [], more: 0 };
  return {
    ...watch,
    pending: [...pending, { ...entry, turned, isLate: true }].slice(-maxPending),
    nextSeq: nextSeq + 1,
  };
};
