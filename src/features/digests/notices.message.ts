import { code, prose, sentence } from '../../render/escape';
import { count, few } from '../../render/words';
import { buttonRow, context, channelName, mention, moment, section } from '../../render/slack/blocks';
import { digestButtons } from './digest-buttons';
import { packLines, limits, type Message } from '../../render/slack/limits';

/** What people are told about their digests. */
export interface DigestFacts {
  readonly id: string;
  /** Slack's id of the channel that it is posted to. */
  readonly channel: string;
  readonly owner: string;
  /** As typed. */
  readonly clusters: readonly string[];
  readonly when: { readonly words: string; readonly zone: string };
  readonly onlyChanges: boolean;
  readonly paused: {
    /** Slack's id of who paused it; null where it was the bot. */
    readonly by: string | null;
    readonly why: 'asked' | 'owner' | 'channel';
    /** Slack's code for the refusal; empty otherwise. */
    readonly detail: string;
  } | null;
  /** The next times, ISO 8601; empty where it is paused. */
  readonly next: readonly string[];
}

const told = ({ clusters, when, onlyChanges }: DigestFacts): string =>
  [
    few(clusters, 8, (word) => code(word, 60)),
    `${prose(when.words, 100)} (${prose(when.zone, 60)})`,
    onlyChanges ? 'only changes' : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');

const inZone = (iso: string, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
    .format(Date.parse(iso))
    .replaceAll(',', '');

/** A time in the digest's zone, and in the reader's. */
const times = ({ next, when }: DigestFacts): readonly string[] =>
  next.map((iso) => `• ${inZone(iso, when.zone)}, for you ${moment(iso, '{date_short_pretty} {time}')}`);

const message = (first: string, ...contexts: readonly string[]): Message => ({
  text: first,
  blocks: [section(first), ...contexts.filter((text) => text !== '').map(context)],
});

const of = (id: string, command: string): string => code(`/peering digest ${command} ${id}`, 60);

/** For the channel: what it will hear from now on. `assumedZone`: Slack knew no zone of the person. */
export const renderDigestAdded = (facts: DigestFacts, assumedZone: boolean): Message => {
  const { id, owner } = facts;
  const first = `📅 ${mention(owner)} added digest ${code(id, 20)}: ${told(facts)}`;
  return {
    text: first,
    blocks: [
      section([first, 'The next times:', ...times(facts)].join('\n')),
      ...buttonRow([digestButtons.run.render('Run now', id)]),
      context(
        [
          assumedZone
            ? 'Slack knows no time zone of that person, so it is UTC; name one after the time to change that'
            : '',
          `${of(id, 'pause')} · ${of(id, 'remove')}`,
        ]
          .filter((part) => part !== '')
          .join('\n'),
      ),
    ],
  };
};

const pausedWords = ({ paused }: DigestFacts): string => {
  if (paused === null) return '';
  if (paused.why === 'owner') return 'paused: its owner may no longer see any of its clusters';
  if (paused.why === 'channel') {
    return `paused: Slack refused it three times (${code(paused.detail, 60)})`;
  }
  const by = paused.by === null ? '' : mention(paused.by);
  return by === '' ? 'paused' : `paused by ${by}`;
};

/** A digest on one line, read in the channel `here`. */
export const digestLine = (facts: DigestFacts, here: string): string =>
  [
    `${facts.paused === null ? '📅' : '⏸️'} ${code(facts.id, 20)} ${told(facts)}`,
    facts.channel === here ? '' : channelName(facts.channel),
    facts.next[0] === undefined
      ? pausedWords(facts)
      : `next ${moment(facts.next[0], '{date_short_pretty} {time}')}`,
    `by ${mention(facts.owner)}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');

/** One line a digest; those of this channel first, as given. */
export const renderDigestList = (digests: readonly DigestFacts[], here: string): Message => {
  if (digests.length === 0) {
    return message(
      '📅 There is no digest in this channel, and none of yours elsewhere',
      `${code('/peering digest add all weekdays 09:00', 80)} adds one`,
    );
  }
  const lines = digests.map((facts) => digestLine(facts, here));
  let left = limits.messageText - 500;
  const end = lines.findIndex((line) => {
    left -= line.length + 1;
    return left < 0;
  });
  const shown = end === -1 ? lines : lines.slice(0, end);
  const title = `*${count(digests.length, 'digest')}*`;
  return {
    text: title,
    blocks: [
      section(title),
      ...packLines(shown).map(section),
      ...(shown.length < lines.length
        ? [context(`… and ${count(lines.length - shown.length, 'more digest')}`)]
        : []),
    ],
  };
};

/** To whoever changed it. */
export const renderDigestChanged = (
  did: 'paused' | 'resumed' | 'removed' | 'queued' | 'joined',
  facts: DigestFacts,
  takenOver: boolean,
): Message => {
  const id = code(facts.id, 20);
  if (did === 'paused') return message(`⏸️ Digest ${id} is paused`, `${of(facts.id, 'resume')} lets it go on`);
  if (did === 'removed') return message(`🗑️ Digest ${id} is removed: ${told(facts)}`);
  if (did === 'queued')
    return message(`⏳ Digest ${id} runs now and answers in ${channelName(facts.channel)}`);
  if (did === 'joined')
    return message(`⏳ Digest ${id} is being run already and answers in ${channelName(facts.channel)}`);
  return message(
    `▶️ Digest ${id} goes on: ${told(facts)}`,
    times(facts)[0] === undefined ? '' : `Next ${times(facts)[0]?.slice(2)}`,
    takenOver ? 'It is yours now: your rights decide what it shows' : '',
  );
};

/** To whoever wanted to change it and could not. */
export const renderDigestRefused = (
  why: 'unknown' | 'changed' | 'is-paused' | 'is-running' | 'too-many' | 'no-channel',
  id: string,
  facts?: DigestFacts,
): Message => {
  const list = code('/peering digest list', 60);
  if (why === 'unknown') return message(`❔ There is no digest ${code(id, 20)} · ${list} shows them`);
  if (why === 'changed') {
    return message(
      `⚠️ Somebody else changed digest ${code(id, 20)} at the same moment, and your change was not made · ${list} shows how it is now`,
    );
  }
  if (why === 'too-many')
    return message('⛔ This channel has as many digests as it may have · remove one first');
  if (why === 'no-channel') {
    return message(
      `⛔ The digest was not added: Slack does not let the bot post here (${code(id, 60)})`,
      'In a channel that is not archived, invite the bot and try again',
    );
  }
  if (why === 'is-running') return message(`❔ Digest ${code(id, 20)} is not paused`);
  const words = facts === undefined ? 'paused' : pausedWords(facts);
  return message(`❔ Digest ${code(id, 20)} is ${words} · ${of(id, 'resume')} lets it go on`);
};

/** To whoever asked for a run that could not be told. */
export const renderDigestUntold = (
  { id, channel }: Pick<DigestFacts, 'id' | 'channel'>,
  because: { readonly why: 'owner' } | { readonly why: 'channel'; readonly code: string },
): Message =>
  message(
    because.why === 'owner'
      ? `⛔ Digest ${code(id, 20)} was not run: its owner may no longer see any of its clusters`
      : `⛔ Digest ${code(id, 20)} could not be told: Slack does not let the bot post in ${channelName(channel)} (${code(because.code, 60)})`,
    because.why === 'owner'
      ? `Somebody who may see its clusters can take it over with ${of(id, 'resume')}`
      : 'In a channel that is not archived, invite the bot and run it again',
  );

/** To its owner, in private, when the bot paused it. */
export const renderDigestPaused = (facts: DigestFacts): Message =>
  message(
    `⏸️ Your digest ${code(facts.id, 20)} in ${channelName(facts.channel)} is ${pausedWords(facts)}`,
    told(facts),
    sentence(
      facts.paused?.why === 'channel'
        ? `Once the bot may post there again, "/peering digest resume ${facts.id}" in that channel lets it go on.`
        : `Somebody who may see its clusters can take it over with "/peering digest resume ${facts.id}".`,
      300,
    ),
  );
