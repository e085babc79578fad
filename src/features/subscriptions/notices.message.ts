import type { Button, KnownBlock } from '@slack/types';
import { code, prose } from '../../render/escape';
import { count, duration, grouped } from '../../render/words';
import { button, channelName, context, mention, section, sectionWithButton } from '../../render/slack/blocks';
import { limits, type Message, textLength } from '../../render/slack/limits';
import { encodeSubscription, subscriptionActionIds } from './subscription-button-values';

/** What people are told about their subscriptions, beside the cards. */

/** What is told of a subscription wherever it is shown. */
export interface SubscriptionFacts {
  readonly cluster: string;
  readonly owner: string;
  readonly severity: 'error' | 'warning';
  readonly check: string | null;
  readonly peer: string | null;
  readonly everyMs: number;
}

export interface ListedSubscription extends SubscriptionFacts {
  readonly channel: string;
  readonly paused: { readonly why: keyof typeof stopWords } | null;
}

/** An interval in its largest whole unit: `5 min`, `12 h`. */
const interval = (ms: number): string => {
  if (ms % 3_600_000 === 0) return `${grouped(ms / 3_600_000)} h`;
  return ms % 60_000 === 0 ? `${grouped(ms / 60_000)} min` : duration(ms);
};

const parts = (
  { severity, check, peer, everyMs }: SubscriptionFacts,
  show: (text: string) => string,
): string =>
  [
    `looked at every ${interval(everyMs)}`,
    severity === 'error' ? 'only errors' : '',
    check === null ? '' : `only ${show(check)}`,
    peer === null ? '' : `only peer ${show(peer)}`,
  ]
    .filter(Boolean)
    .join(' · ');

/** What it is narrowed to, and how often it is looked at, for a mrkdwn object. */
export const subscriptionLine = (facts: SubscriptionFacts): string => parts(facts, (text) => code(text, 60));

/** The same as plain text, for the audit trail. */
export const subscriptionWords = (facts: SubscriptionFacts): string => parts(facts, (text) => text);

const told = (text: string, next: string): Message => ({ text, blocks: [section(text), context(next)] });

/** A channel subscribed, for the one who asked. */
export const renderSubscribed = (facts: SubscriptionFacts, replaced: boolean): Message =>
  told(
    `👁️ *${prose(facts.cluster, 60)}* is watched in this channel · ${subscriptionLine(facts)}`,
    replaced
      ? 'in place of the earlier subscription of this channel: its card goes on'
      : 'a card follows, and replies under it tell what changes',
  );

export const renderUnsubscribed = (cluster: string): Message =>
  told(`▫️ *${prose(cluster, 60)}* is no longer watched in this channel`, 'its card stays as a record');

export const renderNotSubscribed = (cluster: string): Message =>
  told(
    `❔ *${prose(cluster, 60)}* is not watched in this channel`,
    `${code('/peering subscriptions', 60)} lists what is`,
  );

export const renderTooManySubscriptions = (): Message =>
  told(
    '⛔ this channel watches as many clusters as a channel may',
    `end some, or use a digest: ${code('/peering digest add', 60)}`,
  );

const stopWords = {
  owner: 'whoever subscribed may no longer do so',
  channel: 'the channel takes no messages of the bot',
  cluster: 'it is no longer configured',
} as const;

/** Why the bot stopped a subscription, and what to do, for whoever made it. */
export const renderSubscriptionStopped = (
  { cluster, channel }: { readonly cluster: string; readonly channel: string },
  why: keyof typeof stopWords,
): Message => {
  const text = `⏸️ *${prose(cluster, 60)}* is no longer watched in ${channelName(channel)}: ${stopWords[why]}`;
  const again = code(`/peering subscribe ${cluster}`, 100);
  const next = why === 'channel' ? `Invite the bot, then ${again} there` : `${again} there goes on with it`;
  return { text, blocks: [section(text), context(next)] };
};

const maxListed = 30;

/** A subscription on one line, where its channel is another. */
export const subscriptionElsewhere = (one: ListedSubscription): string =>
  listLine(one, `in ${channelName(one.channel)}`);

/** The subscriptions of a channel, each with a button that ends it, and those of the reader in other channels. */
export const renderSubscriptions = (
  here: readonly ListedSubscription[],
  elsewhere: readonly ListedSubscription[],
): Message => {
  const text =
    here.length === 0
      ? 'No cluster is watched in this channel'
      : `*${count(here.length, 'cluster')}* watched in this channel`;
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

/** A subscription on one line, in the channel that is named as `where`. */
const listLine = (facts: ListedSubscription, where: string): string =>
  [
    `${facts.paused === null ? '👁️' : '⏸️'} *${prose(facts.cluster, 60)}*`,
    where,
    subscriptionLine(facts),
    mention(facts.owner),
    facts.paused === null ? '' : `stopped: ${stopWords[facts.paused.why]}`,
  ]
    .filter(Boolean)
    .join(' · ');

/** *Unsubscribe* for a cluster in the channel that the button is in; none if its name is too long. */
export const unsubscribeButton = ({ cluster }: Pick<SubscriptionFacts, 'cluster'>): Button | undefined => {
  const value = encodeSubscription({ cluster });
  return value === undefined ? undefined : button('Unsubscribe', subscriptionActionIds.end, value);
};
