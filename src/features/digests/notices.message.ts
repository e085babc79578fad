import { code, prose, sentence } from '../../render/escape';
import { count, few } from '../../render/words';
import { buttonRow, context, channelName, mention, moment, section } from '../../render/slack/blocks';
import { digestButtons } from './digest-buttons';
import { packLines, limits, type Message } from '../../render/slack/limits';

/** The parts of a digest that notices show. */
export interface DigestFacts {
  readonly id: string;
  /** Slack's id of the channel that it is posted to. */
  readonly channel: string;
  readonly owner: string;
  /** As typed. */
  readonly clusters: readonly string[];
  readonly when: { readonly words: string; readonly zone: string };
  readonly onlyChanges: boolean;
  /** True for a digest of the clusters file. */
  readonly fromFile?: boolean | undefined;
  readonly paused: {
    /** User id of the person who paused it; null if the bot did. */
    readonly by: string | null;
    readonly why: 'asked' | 'owner' | 'channel';
    /** Slack's code for the refusal; empty otherwise. */
    readonly detail: string;
  } | null;
  /** The next times, ISO 8601; empty if it is paused. */
  readonly next: readonly string[];
}

const definitionWords = ({ clusters, when, onlyChanges }: DigestFacts): string =>
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

/** Renders each time in the digest's zone, and in the reader's. */
const times = ({ next, when }: DigestFacts): readonly string[] =>
  next.map((iso) => `• ${inZone(iso, when.zone)}, for you ${moment(iso, '{date_short_pretty} {time}')}`);

const message = (first: string, ...contexts: readonly string[]): Message => ({
  text: first,
  blocks: [section(first), ...contexts.filter((text) => text !== '').map(context)],
});

const of = (id: string, command: string): string => code(`/peering digest ${command} ${id}`, 60);

/** Announces a new digest in its channel. `assumedZone`: Slack knew no time zone of the person. */
export const renderDigestAdded = (facts: DigestFacts, assumedZone: boolean): Message => {
  const { id, owner } = facts;
  const first = `📅 ${mention(owner)} added digest ${code(id, 20)}: ${definitionWords(facts)}`;
  return {
    text: first,
    blocks: [
      section([first, 'Next runs:', ...times(facts)].join('\n')),
      ...buttonRow([digestButtons.run.render('Run now', id)]),
      context(
        [
          assumedZone
            ? 'Slack has no time zone for the owner, so the digest uses UTC; to use another one, add it after the time'
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
  if (paused.why === 'owner') return 'paused: its owner no longer has access to any of its clusters';
  if (paused.why === 'channel') {
    return `paused: Slack refused it three times (${code(paused.detail, 60)})`;
  }
  const by = paused.by === null ? '' : mention(paused.by);
  return by === '' ? 'paused' : `paused by ${by}`;
};

/** A digest on one line, read in the channel `here`. */
export const digestLine = (facts: DigestFacts, here: string): string =>
  [
    `${facts.paused === null ? '📅' : '⏸️'} ${code(facts.id, 20)} ${definitionWords(facts)}`,
    facts.channel === here ? '' : channelName(facts.channel),
    facts.next[0] === undefined
      ? pausedWords(facts)
      : `next ${moment(facts.next[0], '{date_short_pretty} {time}')}`,
    facts.fromFile ? `from the configuration file, as ${mention(facts.owner)}` : `by ${mention(facts.owner)}`,
  ]
    .filter((part) => part !== '')
    .join(' · ');

/** Lists digests, one on each line, in the given order. */
export const renderDigestList = (digests: readonly DigestFacts[], here: string): Message => {
  if (digests.length === 0) {
    return message(
      '📅 This channel has no digests, and you have none in other channels',
      `To add one, run ${code('/peering digest add all weekdays 09:00', 80)}`,
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

/** Confirms a change to the person who made it. */
export const renderDigestChanged = (
  did: 'paused' | 'resumed' | 'removed' | 'queued' | 'joined',
  facts: DigestFacts,
  takenOver: boolean,
): Message => {
  const id = code(facts.id, 20);
  if (did === 'paused')
    return message(`⏸️ Digest ${id} is paused`, `To resume it, run ${of(facts.id, 'resume')}`);
  if (did === 'removed') return message(`🗑️ Digest ${id} is removed: ${definitionWords(facts)}`);
  if (did === 'queued')
    return message(`⏳ Digest ${id} is running; it will be posted to ${channelName(facts.channel)}`);
  if (did === 'joined')
    return message(`⏳ Digest ${id} is already running; it will be posted to ${channelName(facts.channel)}`);
  return message(
    `▶️ Digest ${id} is resumed: ${definitionWords(facts)}`,
    times(facts)[0] === undefined ? '' : `Next ${times(facts)[0]?.slice(2)}`,
    takenOver ? 'You own it now: it shows the clusters that you have access to' : '',
  );
};

/** Explains to a person why their change was refused. */
export const renderDigestRefused = (
  why:
    | 'unknown'
    | 'changed'
    | 'from-file'
    | 'is-paused'
    | 'is-running'
    | 'too-many'
    | 'too-many-own'
    | 'no-channel',
  id: string,
  facts?: DigestFacts,
): Message => {
  const list = code('/peering digest list', 60);
  if (why === 'unknown') return message(`❔ There is no digest ${code(id, 20)} · ${list} shows them`);
  if (why === 'changed') {
    return message(
      `⚠️ Another person changed digest ${code(id, 20)} at the same time, so your change was not made · ${list} shows its current state`,
    );
  }
  if (why === 'from-file') {
    return message(
      `⛔ Digest ${code(id, 20)} is defined in the configuration file of the bot, so commands cannot change or remove it`,
      `To change it, edit ${code('digests', 20)} in the clusters file and restart the bot`,
    );
  }
  if (why === 'too-many')
    return message('⛔ This channel has the maximum number of digests · remove one first');
  if (why === 'too-many-own')
    return message(`⛔ You have the maximum number of digests · ${list} shows them; remove one first`);
  if (why === 'no-channel') {
    return message(
      `⛔ The digest was not added: Slack does not let the bot post here (${code(id, 60)})`,
      'In a channel that is not archived, invite the bot and try again',
    );
  }
  if (why === 'is-running') return message(`❔ Digest ${code(id, 20)} is not paused`);
  const words = facts === undefined ? 'paused' : pausedWords(facts);
  return message(`❔ Digest ${code(id, 20)} is ${words} · to resume it, run ${of(id, 'resume')}`);
};

/** Explains to the requester of a run why no digest was posted. */
export const renderDigestNotPosted = (
  { id, channel }: Pick<DigestFacts, 'id' | 'channel'>,
  because: { readonly why: 'owner' } | { readonly why: 'channel'; readonly code: string },
): Message =>
  message(
    because.why === 'owner'
      ? `⛔ Digest ${code(id, 20)} was not run: its owner no longer has access to any of its clusters`
      : `⛔ Digest ${code(id, 20)} could not be posted: Slack does not let the bot post in ${channelName(channel)} (${code(because.code, 60)})`,
    because.why === 'owner'
      ? `A person with access to its clusters can take it over with ${of(id, 'resume')}`
      : 'In a channel that is not archived, invite the bot and run it again',
  );

/** Tells the owner that the bot paused the digest. */
export const renderDigestPaused = (facts: DigestFacts): Message =>
  message(
    `⏸️ Your digest ${code(facts.id, 20)} in ${channelName(facts.channel)} is ${pausedWords(facts)}`,
    definitionWords(facts),
    sentence(
      facts.paused?.why === 'channel'
        ? `Once the bot may post there again, "/peering digest resume ${facts.id}" in that channel resumes it.`
        : `A person with access to its clusters can take it over with "/peering digest resume ${facts.id}".`,
      300,
    ),
  );
