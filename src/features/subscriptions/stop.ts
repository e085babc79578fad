import { renderEndedCard } from './card.message';
import { renderSubscriptionStopped, stopReason } from './notices.message';
import type { Pause, Subscription, SubscriptionKey } from './subscriptions.store';
import type { JobOutcome, JobRun } from '../../queue/define';
import { describeFailure } from '../../slack/api/call';
import { tellOwner } from '../../slack/api/tell-owner';
import type { PollServices } from './services';

type Context = Pick<PollServices, 'poster' | 'subscriptions' | 'watches' | 'record' | 'botName'> &
  Pick<JobRun, 'id' | 'log'>;

/** Stops a subscription that cannot go on, records that, and tells its owner in private. */
export const stopByBot = async (
  subscription: Subscription,
  why: Pause,
  context: Context,
): Promise<JobOutcome> => {
  const { id, log, subscriptions, record, botName } = context;
  const { cluster, channel, owner, team } = subscription;
  const paused = { at: Date.now(), why };
  // It was just changed or ended: the next poll decides again.
  if (!(await subscriptions.pause(subscription, why, paused.at))) return { kind: 'done', as: 'changed' };
  log.warn({ cluster, channel, why }, 'subscription stopped');
  await record({
    action: 'subscription-stop',
    requestId: id,
    person: botName,
    team,
    cluster,
    hash: null,
    detail: `in ${channel}, of ${owner}: ${stopReason(why, cluster)}`,
  });
  return tellStopped(subscription, paused, context);
};

/** Ends the card and tells the owner, once, even if an earlier attempt could not. */
export const tellStopped = async (
  subscription: Subscription,
  { at, why }: NonNullable<Subscription['paused']>,
  context: Context,
): Promise<JobOutcome> => {
  const { cluster, channel, owner } = subscription;
  if (why !== 'channel') await endCard(subscription, stopReason(why, cluster), context);
  const target = { channel: owner, name: `watch/${channel}/${cluster}/stopped/${at}`, since: at };
  return tellOwner(target, renderSubscriptionStopped(subscription, why), context, `no-${why}`);
};

/** Deletes the state of a subscription that was ended, and ends its card. */
export const forget = async (key: SubscriptionKey, context: Context): Promise<void> => {
  await endCard(key, 'the channel unsubscribed', context);
  await context.watches.drop(key);
};

/** Leaves the card as a record, if it can still be edited. */
const endCard = async (
  key: SubscriptionKey,
  why: string,
  { poster, watches, log }: Context,
): Promise<void> => {
  const { version, watch } = await watches.read(key);
  if (watch === undefined || watch.card.ref === null) return;
  const edited = await poster.edit(watch.card.ref, renderEndedCard(key.cluster, why));
  if (!edited.ok) log.info({ reason: describeFailure(edited.error) }, 'could not end the card');
  // If the subscription is resumed, the card must be edited.
  const card = { ...watch.card, shown: '' };
  await watches.write(key, version, { ...watch, card, pending: [] });
};
