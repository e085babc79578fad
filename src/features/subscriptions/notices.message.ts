import type { Button, KnownBlock } from '@slack/types';
import { isPattern } from '../../config/match-clusters';
import { code } from '../../render/escape';
import { count, duration, grouped } from '../../render/words';
import { channelName, context, mention, section, sectionWithButton } from '../../render/slack/blocks';
import { limits, type Message, textLength } from '../../render/slack/limits';
import { scopeName } from '../../slack/scope-name';
import { subscriptionButtons } from './subscription-buttons';

/** Messages about subscriptions, except for their cards. */

/** The parts of a subscription that messages show. */
export interface SubscriptionFacts {
  readonly cluster: string;
  readonly owner: string;
  readonly severity: 'error' | 'warning';
  readonly check: string | null;
  readonly peer: string | null;
  readonly everyMs: number;
  readonly broadcast: boolean;
}

export interface ListedSubscription extends SubscriptionFacts {
  readonly channel: string;
  readonly paused: { readonly why: keyof typeof stopWords } | null;
}

/** An interval in its largest whole unit: `every minute`, `every 5 minutes`, `every 12 hours`. */
const interval = (ms: number): string => {
  const every = (value: number, unit: string): string =>
    value === 1 ? `every ${unit}` : `every ${count(value, unit)}`;
  if (ms % 3_600_000 === 0) return every(ms / 3_600_000, 'hour');
  return ms % 60_000 === 0 ? every(ms / 60_000, 'minute') : `every ${duration(ms)}`;
};

const parts = (
  { severity, check, peer, everyMs, broadcast }: SubscriptionFacts,
  show: (text: string) => string,
): string =>
  [
    `checked ${interval(everyMs)}`,
    severity === 'error' ? 'only errors' : '',
    check === null ? '' : `only ${show(check)}`,
    peer === null ? '' : `only peer ${show(peer)}`,
    broadcast ? '' : 'replies stay in the thread',
  ]
    .filter(Boolean)
    .join(' · ');

/** The interval and the filters of a subscription, for a mrkdwn object. */
export const subscriptionLine = (facts: SubscriptionFacts): string => parts(facts, (text) => code(text, 60));

/** The interval and the filters of a subscription as plain text, for the audit trail. */
export const subscriptionWords = (facts: SubscriptionFacts): string => parts(facts, (text) => text);

const notice = (text: string, next: string): Message => ({ text, blocks: [section(text), context(next)] });

export const renderSubscribed = (facts: SubscriptionFacts, replaced: boolean): Message =>
  notice(
    `👁️ This channel is subscribed to ${scopeName(facts.cluster)} · ${subscriptionLine(facts)}`,
    replaced
      ? 'This replaces the earlier subscription of this channel; its card stays in use.'
      : 'The bot posts a card here, and replies under it when something changes.',
  );

export const renderUnsubscribed = (cluster: string): Message =>
  notice(`▫️ This channel is no longer subscribed to ${scopeName(cluster)}`, 'Its card stays as a record.');

export const renderNotSubscribed = (cluster: string): Message =>
  notice(
    `❔ This channel is not subscribed to ${scopeName(cluster)}`,
    `${code('/peering subscriptions', 60)} lists its subscriptions`,
  );

export const renderTooManySubscriptions = (of: 'channel' | 'person'): Message =>
  notice(
    of === 'channel'
      ? '⛔ This channel has the maximum number of subscriptions'
      : '⛔ You have the maximum number of subscriptions, in all channels together',
    `End some of them, or use a digest: ${code('/peering digest add', 60)}`,
  );

const stopWords = {
  owner: 'the subscriber no longer has access',
  channel: 'the bot cannot post to the channel',
  cluster: 'the cluster is no longer configured',
} as const;

/** Explains why the bot stopped a subscription. Earlier versions stopped patterns that matched no cluster. */
export const stopReason = (why: keyof typeof stopWords, cluster: string): string =>
  why === 'cluster' && isPattern(cluster) ? 'it matches no cluster any more' : stopWords[why];

/** Tells the subscriber why the bot stopped a subscription, and what to do. */
export const renderSubscriptionStopped = (
  { cluster, channel }: { readonly cluster: string; readonly channel: string },
  why: keyof typeof stopWords,
): Message => {
  const text = `⏸️ The subscription to ${scopeName(cluster)} in ${channelName(channel)} has stopped: ${stopReason(why, cluster)}`;
  const resume = code(`/peering subscribe ${cluster}`, 200);
  const next = `${why === 'channel' ? 'Invite the bot to the channel, then run' : 'To resume it, run'} ${resume} there`;
  return { text, blocks: [section(text), context(next)] };
};

const maxListed = 30;

/** A subscription in another channel, on one line. */
export const subscriptionElsewhere = (one: ListedSubscription): string =>
  listLine(one, `in ${channelName(one.channel)}`);

/** Lists the subscriptions of a channel, each with a button that ends it, and those of the reader elsewhere. */
export const renderSubscriptions = (
  here: readonly ListedSubscription[],
  elsewhere: readonly ListedSubscription[],
): Message => {
  const text =
    here.length === 0
      ? 'This channel has no subscriptions'
      : `*${count(here.length, 'subscription')}* in this channel`;
  const blocks: KnownBlock[] = [section(text)];
  const room = limits.messageText - 500;
  let left = here.length + elsewhere.length;
  for (const [one, end] of [
    ...here.map((each) => [each, unsubscribeButton(each)] as const),
    ...elsewhere.map((each) => [each, undefined] as const),
  ].slice(0, maxListed)) {
    const where = here.includes(one) ? '' : `in ${channelName(one.channel)}`;
    const block = sectionWithButton(listLine(one, where), end);
    if (textLength([...blocks, block]) > room) break;
    blocks.push(block);
    left -= 1;
  }
  if (left > 0) blocks.push(context(`… and ${grouped(left)} more`));
  return { text, blocks };
};

/** A subscription on one line; `where` names its channel if it is another. */
const listLine = (facts: ListedSubscription, where: string): string =>
  [
    `${facts.paused === null ? '👁️' : '⏸️'} ${scopeName(facts.cluster)}`,
    where,
    subscriptionLine(facts),
    mention(facts.owner),
    facts.paused === null ? '' : `stopped: ${stopReason(facts.paused.why, facts.cluster)}`,
  ]
    .filter(Boolean)
    .join(' · ');

/** *Unsubscribe* for a cluster in the channel that the button is in; none if its name is too long. */
export const unsubscribeButton = ({ cluster }: Pick<SubscriptionFacts, 'cluster'>): Button | undefined =>
  subscriptionButtons.end.render('Unsubscribe', { cluster });
