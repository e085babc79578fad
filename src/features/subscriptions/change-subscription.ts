import { pollRequest } from './subscription-due';
import { pollSubscription } from './poll-subscription';
import { visibleOrNone } from '../../access/visible-clusters';
import { isPattern, matchesAny } from '../../config/match-clusters';
import type { Message } from '../../render/slack/limits';
import {
  renderNotSubscribed,
  renderSubscribed,
  renderTooManySubscriptions,
  renderUnsubscribed,
  subscriptionWords,
} from './notices.message';
import type { Subscription } from './subscriptions.store';
import type { SlackContext, SlackRequest } from '../../slack/define';
import { renderNoMatch } from '../../slack/unknown-cluster';
import type { SubscribeServices } from './services';

type Context = SlackContext<SubscribeServices>;

/** Maximum subscriptions of one channel. */
const maxInChannel = 50;
/** Maximum subscriptions of one person, in all channels. */
const maxOfOwner = 100;

/** Subscribes a channel to a cluster, in place of its earlier subscription, and queues the first poll. */
export const subscribeTo = async (
  cluster: string,
  filters: Pick<Subscription, 'severity' | 'check' | 'peer' | 'everyMs' | 'broadcast'>,
  context: Context,
): Promise<Message> => {
  const { subscriptions, record } = context;
  const { channel, user: owner, team, organisation } = context.actor;
  const others = (await subscriptions.all()).filter(
    (one) => one.channel !== channel || one.cluster !== cluster,
  );
  if (others.filter((one) => one.channel === channel).length >= maxInChannel)
    return renderTooManySubscriptions('channel');
  if (others.filter((one) => one.owner === owner).length >= maxOfOwner)
    return renderTooManySubscriptions('person');
  const { stored, before } = await subscriptions.put(
    { cluster, channel, owner, team, organisation, ...filters },
    Date.now(),
  );
  await record(eventOf('subscribe', stored, context));
  await queuePoll(stored, context);
  return renderSubscribed(stored, before !== undefined);
};

/** Ends the subscription of the channel; the job leaves the card as a record. */
export const unsubscribeFrom = async (cluster: string, context: Context): Promise<Message> => {
  const { actor, config, subscriptions, record } = context;
  const key = { cluster, channel: actor.channel };
  if (isPattern(cluster) && (await subscriptions.find(key))?.owner !== actor.user) {
    // Those who may see none of its clusters do not learn that the channel watches them.
    const visible = await visibleOrNone(actor, 'unsubscribe', context);
    if (!matchesAny(cluster, visible, config.owners)) return renderNoMatch(cluster, visible, config);
  }
  const ended = await subscriptions.remove(key);
  if (ended === undefined) return renderNotSubscribed(cluster);
  await record(eventOf('unsubscribe', ended, context));
  await queuePoll(ended, context);
  return renderUnsubscribed(cluster);
};

/** Queues a poll. If that fails, the schedule polls a little later. */
const queuePoll = async (subscription: Subscription, { enqueue }: Context): Promise<void> => {
  const planned = Date.now();
  const { cluster, channel } = subscription;
  const { key } = pollRequest(subscription, planned);
  await enqueue(pollSubscription, { cluster, channel, planned }, { key });
};

const eventOf = (action: string, subscription: Subscription, { id, actor }: SlackRequest) => ({
  action,
  requestId: id,
  person: actor.user,
  team: actor.team,
  cluster: subscription.cluster,
  hash: null,
  detail: `in ${subscription.channel}: ${subscriptionWords(subscription)}`,
});
