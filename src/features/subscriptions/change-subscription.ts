import { pollRequest } from './due';
import { pollSubscription } from './poll-subscription';
import type { Message } from '../../render/slack/limits';
import {
  renderNotSubscribed,
  renderSubscribed,
  renderTooManySubscriptions,
  renderUnsubscribed,
  subscriptionWords,
} from './notices.message';
import type { Subscription } from './subscriptions.store';
import type { Asked, SlackTools } from '../../slack/define';

type Tools = Pick<SlackTools, 'subscriptions' | 'record' | 'enqueue'>;

/** More cards than this in one channel are read by nobody. */
const mostInChannel = 50;

/** Subscribes a channel to a cluster, in place of its earlier subscription, and has the first look queued. */
export const subscribeTo = async (
  cluster: string,
  filters: Pick<Subscription, 'severity' | 'check' | 'peer' | 'everyMs'>,
  asked: Asked,
  tools: Tools,
): Promise<Message> => {
  const { subscriptions, record } = tools;
  const { channel, user: owner, team, organisation } = asked.actor;
  const here = (await subscriptions.all()).filter((one) => one.channel === channel);
  if (here.length >= mostInChannel && !here.some((one) => one.cluster === cluster)) {
    return renderTooManySubscriptions();
  }
  const wanted = { cluster, channel, owner, team, ...(organisation === undefined ? {} : { organisation }) };
  const { stored, before } = await subscriptions.put({ ...wanted, ...filters }, Date.now());
  await record(eventOf('subscribe', stored, asked));
  await look(stored, asked, tools);
  return renderSubscribed(stored, before !== undefined);
};

/** Ends the subscription of the channel; the job leaves the card as a record. */
export const unsubscribeFrom = async (cluster: string, asked: Asked, tools: Tools): Promise<Message> => {
  const key = { cluster, channel: asked.actor.channel };
  const ended = await tools.subscriptions.remove(key);
  if (ended === undefined) return renderNotSubscribed(cluster);
  await tools.record(eventOf('unsubscribe', ended, asked));
  await look(ended, asked, tools);
  return renderUnsubscribed(cluster);
};

/** The schedule finds it too: where this cannot be queued, it only comes a little later. */
const look = async (subscription: Subscription, asked: Asked, { enqueue }: Tools): Promise<void> => {
  const planned = Date.now();
  const { cluster, channel } = subscription;
  const request = { ...pollRequest(subscription, planned), id: asked.id };
  await enqueue(pollSubscription, { cluster, channel, planned }, request, asked);
};

const eventOf = (action: string, subscription: Subscription, { id, actor }: Asked) => ({
  action,
  requestId: id,
  person: actor.user,
  team: actor.team,
  cluster: subscription.cluster,
  hash: null,
  detail: `in ${subscription.channel}: ${subscriptionWords(subscription)}`,
});
