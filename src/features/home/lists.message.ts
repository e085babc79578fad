import type { KnownBlock } from '@slack/types';
import { count } from '../../render/words';
import { buttonRow, context, header, section } from '../../render/slack/blocks';
import { type DigestFacts, digestButtons, digestLine } from '../digests';
import { groupMutes, muteBlock, type ReadableMute } from '../mutes';
import { type ListedSubscription, subscriptionElsewhere } from '../subscriptions';

/** The lists on App Home below the clusters. A command lists the entries that they leave out. */

/** Entries of one list, a block each. */
const maxEntries = 8;
/** A digest takes two blocks. */
const maxDigests = 5;

const list = <T>(
  title: string,
  one: string,
  entries: readonly T[],
  max: number,
  show: (entry: T) => readonly KnownBlock[],
): readonly KnownBlock[] => {
  if (entries.length === 0) return [];
  const left = entries.length - max;
  return [
    header(title),
    ...entries.slice(0, max).flatMap(show),
    ...(left > 0 ? [context(`… and ${count(left, `more ${one}`)}`)] : []),
  ];
};

const digestBlocks = (facts: DigestFacts): readonly KnownBlock[] => [
  section(digestLine(facts, '')),
  ...buttonRow(
    facts.paused === null
      ? [
          digestButtons.run.render('Run now', facts.id),
          facts.fromFile ? undefined : digestButtons.pause.render('Pause', facts.id),
        ]
      : [digestButtons.resume.render('Resume', facts.id)],
  ),
];

/** The digests that the reader may change. */
export const renderDigests = (digests: readonly DigestFacts[]): readonly KnownBlock[] =>
  list('Digests', 'digest', digests, maxDigests, digestBlocks);

/** Renders the subscriptions of the reader. */
export const renderHomeSubscriptions = (
  subscriptions: readonly ListedSubscription[],
): readonly KnownBlock[] =>
  list('Your subscriptions', 'subscription', subscriptions, maxEntries, (one) => [
    section(subscriptionElsewhere(one)),
  ]);

/** Renders the mutes of clusters that the reader has access to. */
export const renderHomeMutes = (mutes: readonly ReadableMute[]): readonly KnownBlock[] =>
  list('Mutes', 'mute', groupMutes(mutes), maxEntries, (one) => [muteBlock(one)]);
