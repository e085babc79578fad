import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Subscription } from './subscriptions.store';
import type { Watch } from './watches.store';
import { afterFailure } from '../../slack/api/answer';
import { defineJob, type JobRun, type Outcome } from '../../queue/define';
import { isNoAccess, type SlackFailure } from '../../slack/api/call';
import type { JobTools } from '../job-tools';
import { lookAt } from './look';
import { remember } from './remember';
import { forget, stopByBot, tellStopped } from './stop';
import { tell } from './tell';

/** One look at a cluster for a channel that subscribed to it. */
const PollRequest = z.object({
  cluster: z.string(),
  channel: z.string(),
  /** When it was due (ms since the epoch). */
  planned: z.number(),
});

/** So often in a row may a channel refuse a subscription before it is stopped. */
const mostRefusals = 3;

/** Longer than one message takes, with its second try (ms). */
const lockMs = 20_000;

export const pollSubscription = defineJob({
  name: 'poll-subscription',
  queue: 'digests',
  payload: PollRequest,
  options: { attempts: 3, backoffMs: 5000 },

  handle: async ({ planned, ...key }, tools, run) => {
    const { config, subscriptions } = tools;
    const subscription = await subscriptions.definitions.find(key);
    if (subscription === undefined) {
      await forget(key, tools, run);
      return { kind: 'done', as: 'ended' };
    }
    if (subscription.paused !== null) return tellStopped(subscription, subscription.paused, tools, run);
    const cluster = config.clusters.get(key.cluster);
    if (cluster === undefined) return stopByBot(subscription, 'cluster', tools, run);
    const right = await mayOwner(subscription, tools);
    if (!right.ok) return afterFailure(right.failure, run);
    if (right.value.kind !== 'allowed') return stopByBot(subscription, 'owner', tools, run);

    const { watch } = await subscriptions.watches.read(key);
    const looked = await lookAt(subscription, cluster, watch, tools, run);
    if (run.signal.aborted) return { kind: 'again', reason: 'aborted' };
    return inTurn(subscription, tools, async (holder) => {
      const { version, watch: before } = await subscriptions.watches.read(key);
      const after = remember(before, subscription, { ...looked, planned });
      return tellAll({ subscription, watch: after, version, holder }, tools, run);
    });
  },

  abandon: async ({ cluster, channel }, _, run) => {
    run.log.error({ cluster, channel }, 'a poll was given up; the next one tells what changed');
  },
});

/** Whether whoever subscribed may still do so. */
const mayOwner = (
  { owner: user, team, organisation, channel, cluster }: Subscription,
  { authorizer }: Pick<JobTools, 'authorizer'>,
) =>
  authorizer.authorize(
    { user, team, channel, ...(organisation === undefined ? {} : { organisation }) },
    { command: 'subscribe', clusters: [cluster] },
  );

/** One process at a time tells of a subscription; who comes second comes again. */
const inTurn = async (
  subscription: Subscription,
  { subscriptions: { watches } }: Pick<JobTools, 'subscriptions'>,
  work: (holder: string) => Promise<Outcome>,
): Promise<Outcome> => {
  const holder = randomUUID();
  if (!(await watches.acquireLock(subscription, holder, lockMs)))
    return { kind: 'later', afterMs: lockMs / 10 };
  try {
    return await work(holder);
  } finally {
    await watches.releaseLock(subscription, holder);
  }
};

interface Turn {
  readonly subscription: Subscription;
  readonly watch: Watch;
  readonly version: number;
  readonly holder: string;
}

const tellAll = async (
  { subscription, watch: first, version: read, holder }: Turn,
  tools: JobTools,
  run: JobRun,
): Promise<Outcome> => {
  const { watches } = tools.subscriptions;
  let [watch, version] = [first, read];
  // Kept only over what this process has read, and only while it has the turn.
  const keep = async (next: Watch): Promise<boolean> => {
    const written = await watches.write(subscription, version, next);
    if (written === undefined) return false;
    [watch, version] = [next, written];
    return !run.signal.aborted && (await watches.acquireLock(subscription, holder, lockMs));
  };
  if (!(await keep(first))) return { kind: 'later', afterMs: lockMs / 10 };
  const stopped = await tell({ subscription, watch: () => watch, keep, poster: tools.poster });
  if (stopped === undefined) return { kind: 'done', as: 'told' };
  if (stopped.kind === 'handed-over') return { kind: 'later', afterMs: lockMs / 10 };
  return refused(subscription, watch, stopped.failure, keep, tools, run);
};

/** A channel that refuses again and again is left alone; one that never took the card, at once. */
const refused = async (
  subscription: Subscription,
  watch: Watch,
  failure: SlackFailure,
  keep: (watch: Watch) => Promise<boolean>,
  tools: JobTools,
  run: JobRun,
): Promise<Outcome> => {
  if (!isNoAccess(failure)) return afterFailure(failure, run);
  const refusals = watch.refusals + 1;
  await keep({ ...watch, refusals });
  const isNew = watch.card.place === null && watch.card.count === 1;
  if (isNew || refusals >= mostRefusals) return stopByBot(subscription, 'channel', tools, run);
  run.log.warn({ cluster: subscription.cluster, refusals }, 'the channel refused a subscription');
  return { kind: 'done', as: 'refused' };
};
