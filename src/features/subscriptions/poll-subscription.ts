import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Subscription } from './subscriptions.store';
import type { Watch, WatchVersion } from './watches.store';
import { type Actor, actorOf } from '../../access/actor';
import { visibleClusters } from '../../access/visible-clusters';
import type { ClusterConfig } from '../../config/config';
import { isPattern, matchClusters } from '../../config/match-clusters';
import { otherSidesOf, showsOnly } from '../../config/other-sides';
import { ownerOf as clusterOwnerOf } from '../../config/owners';
import { failure, type Result, success } from '../../result';
import { announceEvents } from '../events';
import { afterFailure } from '../../slack/api/after-failure';
import { defineJob, type JobContext, type JobOutcome } from '../../queue/define';
import { isNoAccess, type SlackFailure } from '../../slack/api/call';
import { claimMentions, type Incident } from '../incidents';
import type { PollServices } from './services';
import { pollCluster, type Polled } from './poll-cluster';
import { pollPattern } from './poll-pattern';
import { beginsIncidentOf, dueMentions, followIncidents } from './follow-incidents';
import { addLateMention, remember } from './remember';
import { endRemoved } from './end-removed';
import { forget, stopByBot, tellStopped } from './stop';
import { postChanges } from './post-changes';

/** One poll of a cluster for a channel that subscribed to it. */
const PollRequest = z.object({
  cluster: z.string(),
  channel: z.string(),
  /** When it was due (ms since the epoch). */
  planned: z.number(),
});
type PollRequest = z.infer<typeof PollRequest>;

type Context = JobContext<PollRequest, PollServices>;

/** Refusals in a row by a channel after which its subscription stops. */
const maxRefusals = 3;

/** Longer than one message takes with its second try, in ms. */
const lockMs = 20_000;

export const pollSubscription = defineJob<PollRequest, PollServices>({
  name: 'poll-subscription',
  queue: 'digests',
  payload: PollRequest,
  options: { attempts: 3, backoffMs: 5000 },

  handle: async (context) => {
    const { subscriptions, watches, signal } = context;
    const { planned, ...key } = context.payload;
    const subscription = await subscriptions.find(key);
    if (subscription === undefined) {
      await forget(key, context);
      return { kind: 'done', as: 'ended' };
    }
    if (subscription.paused !== null) return tellStopped(subscription, subscription.paused, context);
    const found = await findTarget(subscription, context);
    if (!found.ok) return found.error;
    const { otherSides, isShowable, poll } = found.value;
    const { watch } = await watches.read(key);
    const polled = await poll(watch);
    if (signal.aborted) return { kind: 'retry', reason: 'aborted' };
    return withLock(subscription, context, async (holder) => {
      const { version, watch: before } = await watches.read(key);
      if (!(await endRemoved(before, subscription, context))) return notQueued;
      const isNarrower = before !== undefined && !isShowable(before);
      const hasReceivers = context.config.receivers !== undefined;
      const beginsIncident = beginsIncidentOf(subscription, context.config);
      const observed = { ...polled, planned, otherSides, isNarrower, hasReceivers, beginsIncident };
      const after = remember(before, subscription, observed);
      const incidents = await followIncidents(subscription, after, otherSides, context);
      const late = dueMentions(incidents, after, context);
      const now = addLateMention(after, late);
      return tellAll({ subscription, watch: now, version, holder, open: incidents }, context);
    });
  },

  abandon: async ({ payload: { cluster, channel }, log }) => {
    log.error({ cluster, channel }, 'a poll was given up; the next one reports the changes');
  },
});

/** Makes the actor of a subscription: its owner, in its channel. */
const ownerOf = (subscription: Subscription): Actor => actorOf({ ...subscription, user: subscription.owner });

/** The present scope of a subscription, by its owner's present access. */
interface Target {
  /** The clusters that the state may be about, beside the subscribed one. */
  readonly otherSides: readonly string[];
  /** Tells whether an earlier state is only about clusters that the owner may see. */
  readonly isShowable: (before: Watch) => boolean;
  readonly poll: (before: Watch | undefined) => Promise<Polled>;
}

/** Finds what a subscription may read; stops it if that is nothing. */
const findTarget = async (
  subscription: Subscription,
  context: Context,
): Promise<Result<Target, JobOutcome>> => {
  const { clusters, owners } = context.config;
  const { cluster: word } = subscription;
  const cluster = clusters.get(word);
  if (cluster !== undefined) return findClusterTarget(subscription, cluster, context);
  if (!isPattern(word)) {
    const { watch } = await context.watches.read(subscription);
    if (!(await endRemoved(watch, subscription, context))) return failure(notQueued);
    return failure(await stopByBot(subscription, 'cluster', context));
  }
  const visible = await visibleClusters(ownerOf(subscription), 'subscribe', context);
  if (!visible.ok) return failure(afterFailure(visible.error, context));
  if (visible.value.length === 0 && clusters.size > 0)
    return failure(await stopByBot(subscription, 'owner', context));
  // May be none: the subscription waits until some match, and does not say if others match that the owner may not see.
  const names = matchClusters([word], visible.value, owners).clusters;
  const matched = names.flatMap((name) => clusters.get(name) ?? []);
  const sides = matched.flatMap(otherSidesOf).filter((side) => visible.value.includes(side));
  return success({
    otherSides: [...new Set([...names, ...sides])].toSorted(),
    isShowable: ({ otherSides = [] }) => otherSides.every((side) => visible.value.includes(side)),
    poll: (watch) => pollPattern(subscription, { clusters: matched, visible: visible.value, watch }, context),
  });
};

const findClusterTarget = async (
  subscription: Subscription,
  cluster: ClusterConfig,
  context: Context,
): Promise<Result<Target, JobOutcome>> => {
  const actor = ownerOf(subscription);
  const owner = await context.authorizer.authorize(actor, {
    command: 'subscribe',
    clusters: [subscription.cluster],
  });
  if (!owner.ok) return failure(afterFailure(owner.error, context));
  if (owner.value.kind !== 'allowed') return failure(await stopByBot(subscription, 'owner', context));
  const sides = await visibleClusters(actor, 'subscribe', context, otherSidesOf(cluster));
  if (!sides.ok) return failure(afterFailure(sides.error, context));
  const otherSides = sides.value;
  return success({
    otherSides,
    isShowable: (before) => showsOnly(before, cluster, otherSides),
    poll: (watch) => pollCluster(subscription, { cluster, otherSides, before: watch?.look }, context),
  });
};

/** Lets one process at a time post for a subscription; others wait. */
const withLock = async (
  subscription: Subscription,
  { watches }: Context,
  work: (holder: string) => Promise<JobOutcome>,
): Promise<JobOutcome> => {
  const holder = randomUUID();
  if (!(await watches.acquireLock(subscription, holder, lockMs))) return delayed;
  try {
    return await work(holder);
  } finally {
    await watches.releaseLock(subscription, holder);
  }
};

const notQueued: JobOutcome = { kind: 'retry', reason: 'could not queue all events' };
const delayed: JobOutcome = { kind: 'delay', afterMs: lockMs / 10 };

interface Locked {
  readonly subscription: Subscription;
  readonly watch: Watch;
  readonly version: WatchVersion;
  readonly holder: string;
  /** The incidents of the clusters, by cluster. */
  readonly open: ReadonlyMap<string, Incident>;
}

const tellAll = async (
  { subscription, watch: first, version: read, holder, open }: Locked,
  context: Context,
): Promise<JobOutcome> => {
  const { watches, signal, poster } = context;
  let [watch, version] = [first, read];
  // Written only over the version that this process has read, and only while it holds the lock.
  const keep = async (next: Watch): Promise<boolean> => {
    const written = await watches.write(subscription, version, next);
    if (written === undefined) return false;
    [watch, version] = [next, written];
    return !signal.aborted && (await watches.acquireLock(subscription, holder, lockMs));
  };
  if (!(await keep(first))) return delayed;
  // Before Slack, which may be away.
  const { events = [] } = first;
  if (events.length > 0) {
    if (!(await announceEvents(events, context))) return notQueued;
    if (!(await keep({ ...watch, events: [] }))) return delayed;
  }
  const stopped = await postChanges({
    subscription,
    watch: () => watch,
    keep,
    poster,
    open,
    links: clusterOwnerOf(context.config, subscription.cluster),
    mention: (clusters, message) => claimMentions(clusters, message, context),
    returnMention: (cluster, message) => context.incidents.returnMention(cluster, message),
  });
  if (stopped === undefined) return { kind: 'done', as: 'told' };
  if (stopped.kind === 'handed-over') return delayed;
  return refused(subscription, watch, stopped.error, keep, context);
};

/** Stops for a channel that refuses repeatedly; at once if it never accepted the card. */
const refused = async (
  subscription: Subscription,
  watch: Watch,
  refusal: SlackFailure,
  keep: (watch: Watch) => Promise<boolean>,
  context: Context,
): Promise<JobOutcome> => {
  if (!isNoAccess(refusal)) return afterFailure(refusal, context);
  const refusals = watch.refusals + 1;
  await keep({ ...watch, refusals });
  const isNew = watch.card.ref === null && watch.card.count === 1;
  if (isNew || refusals >= maxRefusals) return stopByBot(subscription, 'channel', context);
  context.log.warn({ cluster: subscription.cluster, refusals }, 'the channel refused a subscription');
  return { kind: 'done', as: 'refused' };
};
