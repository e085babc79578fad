import type { KnownBlock } from '@slack/types';
import type { Mute } from '../../report/mutes';
import { count } from '../words';
import { context, header, section } from './blocks';
import { button } from './buttons';
import { type DigestFacts, digestLine } from './digest-notices';
import { homeActionIds } from './home-buttons';
import { muteBlock } from './mutes';
import { type ListedSubscription, subscriptionElsewhere } from './subscription-notices';

/** The lists on App Home below the clusters. What they leave out has a command that lists it. */

/** Entries of one list, a block each. */
const mostEntries = 8;

const list = <T>(
  title: string,
  one: string,
  entries: readonly T[],
  show: (entry: T) => KnownBlock,
): readonly KnownBlock[] => {
  if (entries.length === 0) return [];
  const left = entries.length - mostEntries;
  return [
    header(title),
    ...entries.slice(0, mostEntries).map(show),
    ...(left > 0 ? [context(`… and ${count(left, `more ${one}`)}`)] : []),
  ];
};

const digestBlock = (facts: DigestFacts): KnownBlock => {
  const [label, id] =
    facts.paused === null
      ? (['Pause', homeActionIds.pauseDigest] as const)
      : (['Resume', homeActionIds.resumeDigest] as const);
  return { ...section(digestLine(facts, '')), accessory: button(label, id, facts.id) };
};

/** The digests that the reader may change. */
export const renderDigests = (digests: readonly DigestFacts[]): readonly KnownBlock[] =>
  list('Digests', 'digest', digests, digestBlock);

/** The clusters that channels watch by the wish of the reader. */
export const renderHomeSubscriptions = (
  subscriptions: readonly ListedSubscription[],
): readonly KnownBlock[] =>
  list('Your subscriptions', 'subscription', subscriptions, (one) => section(subscriptionElsewhere(one)));

/** What is muted on clusters whose mutes the reader may see. */
export const renderHomeMutes = (
  mutes: readonly (Mute & { readonly cluster: string })[],
): readonly KnownBlock[] => list('Mutes', 'mute', mutes, muteBlock);
