import { renderEndedCard } from '../../render/slack/subscription';
import { renderSubscriptionStopped } from '../../render/slack/subscription-notices';
import type { Pause, Subscription, SubscriptionKey } from '../../store/subscriptions';
import type { JobRun } from '../define';
import { describeFailure } from '../posting/call';
import type { JobTools } from '../tools';

type Tools = Pick<JobTools, 'poster' | 'subscriptions' | 'record' | 'botName'>;

const words: Readonly<Record<Pause, string>> = {
  owner: 'whoever subscribed may no longer do so',
  channel: 'the channel took no messages',
  cluster: 'it is no longer configured',
};

/** Stops a subscription that cannot go on, notes it down, and tells its owner in private. */
export const stopByBot = async (
  subscription: Subscription,
  why: Pause,
  { poster, subscriptions, record, botName }: Tools,
  run: JobRun,
): Promise<void> => {
  const { cluster, channel, owner, team } = subscription;
  // Somebody has just changed or ended it: the next poll looks again.
  if (!(await subscriptions.definitions.pause(subscription, why, Date.now()))) return;
  run.log.warn({ cluster, channel, why }, 'subscription stopped');
  await record({
    action: 'subscription-stop',
    requestId: run.id,
    person: botName,
    team,
    cluster,
    hash: null,
    detail: `in ${channel}, of ${owner}: ${words[why]}`,
  });
  if (why !== 'channel') await endCard(subscription, words[why], { poster, subscriptions }, run);
  const target = { channel: owner, name: `${run.id}/stopped`, since: run.since };
  const told = await poster.post(target, renderSubscriptionStopped(subscription, why));
  if (!told.ok) run.log.warn({ reason: describeFailure(told.failure) }, 'could not tell the owner');
};

/** Lets go of what is known of a subscription that somebody ended, and of its card. */
export const forget = async (key: SubscriptionKey, tools: Tools, run: JobRun): Promise<void> => {
  await endCard(key, 'somebody unsubscribed', tools, run);
  await tools.subscriptions.watches.drop(key);
};

/** Leaves the card as a record. One that cannot be edited any more is none. */
const endCard = async (
  key: SubscriptionKey,
  why: string,
  { poster, subscriptions }: Pick<Tools, 'poster' | 'subscriptions'>,
  run: JobRun,
): Promise<void> => {
  const { version, watch } = await subscriptions.watches.read(key);
  if (watch === undefined || watch.card.place === null) return;
  const edited = await poster.edit(watch.card.place, renderEndedCard(key.cluster, why));
  if (!edited.ok) run.log.info({ reason: describeFailure(edited.failure) }, 'could not end the card');
  // Should it go on one day, the card shows something else.
  const card = { ...watch.card, shown: '' };
  await subscriptions.watches.write(key, version, { ...watch, card, pending: [] });
};
