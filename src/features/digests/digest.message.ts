import type { DataTableBlock, KnownBlock } from '@slack/types';
import { byState, type DigestRow, type KnownIssue } from '../../report/digest-row';
import { code, plain, prose, showInvisible } from '../../render/escape';
import { trend } from '../../render/trend';
import { count, few, grouped, mutedIcon } from '../../render/words';
import { buttonRow, context, header, mention, moment, section } from '../../render/slack/blocks';
import { onCallLine } from '../incidents';
import { digestButtons } from './digest-buttons';
import { digestThread } from './thread.message';
import type { DigestContent, EndingMute } from './digest-content';
import {
  age,
  cellName,
  changeWords,
  dayOf,
  issueWords,
  sinceWords,
  stateChange,
  stateCounts,
  stateIcon,
} from './words';
import type { AttachedFile } from '../../render/slack/file';
import {
  limits,
  messageRoom,
  packLines,
  textLength,
  itemsThatFit,
  type Message,
} from '../../render/slack/limits';
import { omitUndefined } from '../../omit-undefined';

export interface DigestStyle {
  /** `basic` for workspaces that answer `invalid_blocks` to `rich`. */
  readonly blocks: 'rich' | 'basic';
  /** Characters of text in one message; lower it and render again if Slack answers `msg_blocks_too_long`. */
  readonly messageText?: number;
}

interface RenderedDigest extends Message {
  /** All of it, if the message and its thread cannot hold it. */
  readonly file?: AttachedFile;
}

/** Rows of the table without its head. */
const maxRows = 100;
/** Minimum delay that a digest mentions, in ms. */
const lateMs = 5 * 60_000;
/** Characters kept free for the last lines, and for text that only Slack counts. */
const spare = 300;

/** Renders the message, and a file if it and its thread do not hold everything, all within Slack's limits. */
export const renderDigest = (digest: DigestContent, style: DigestStyle): RenderedDigest => {
  const rows = [...digest.rows].sort(byState);
  const room = { blocks: limits.blocksPerMessage, text: style.messageText ?? limits.messageText };
  const thread = digestThread(digest, messageRoom);
  const onCall = onCallLine(digest.onCall ?? []);
  const above: KnownBlock[] = [
    header(title(rows, digest)),
    section(totals(rows)),
    ...(onCall === '' ? [] : [section(onCall)]),
  ];
  const below: KnownBlock[] = [
    ...packLines(changes(rows, digest)).map(section),
    context(facts(digest)),
    ...notes(digest).map(context),
    ...buttonRow([digestButtons.run.render('Run again', digest.id)]),
  ];
  const left = room.text - textLength([above, below]) - spare;
  const listed =
    style.blocks === 'rich'
      ? table(rows, digest, left)
      : list(rows, Math.min(left, limits.text * (room.blocks - above.length - below.length - 1)));
  const whole = listed.shown === rows.length && thread.whole;
  const rest = whole
    ? []
    : [
        context(
          listed.shown < rows.length
            ? `… and ${count(rows.length - listed.shown, 'more cluster')}: all are in the file`
            : 'All findings are in the file',
        ),
      ];
  return {
    text: [`${title(rows, digest)}: ${stateCounts(rows) || noClusters}`, onCall].filter(Boolean).join(' · '),
    blocks: [...above, ...listed.blocks, ...rest, ...below],
    ...omitUndefined({ file: whole ? undefined : renderDigestFile(digest, rows) }),
  };
};

const title = ([worst]: readonly DigestRow[], { planned, zone }: DigestContent): string =>
  `${worst === undefined ? '⚪' : stateIcon(worst.verdict)} Peering, ${dayOf(planned, zone)}`;

const noClusters = 'no cluster left to check';

const totals = (rows: readonly DigestRow[]): string =>
  rows.length === 0 ? `There is ${noClusters}` : `*${count(rows.length, 'cluster')}*: ${stateCounts(rows)}`;

interface Listed {
  readonly blocks: readonly KnownBlock[];
  readonly shown: number;
}

/** Renders a count; a dash for a cluster that could not be read. */
const counted = ({ verdict }: DigestRow, found: number): string => (verdict === null ? '–' : grouped(found));

const table = (rows: readonly DigestRow[], { since, at, zone }: DigestContent, room: number): Listed => {
  const anyMuted = rows.some(({ muted }) => muted > 0);
  const head = [
    'cluster',
    'state',
    'errors',
    'warnings',
    ...(anyMuted ? ['muted'] : []),
    'trend',
    sinceWords(since, at, zone),
  ];
  const caption = `The clusters, worst first`;
  const cells = rows
    .slice(0, maxRows)
    .map((row) => [
      cellName(row.cluster),
      stateChange(row),
      row.verdict === 'unknown' ? '?' : counted(row, row.errors),
      counted(row, row.warnings),
      ...(anyMuted ? [counted(row, row.muted)] : []),
      trend(row.trend) || '–',
      changeWords(row),
    ]);
  const shown = itemsThatFit(cells, maxRows, room - textLength([head, caption]), (row) => textLength(row));
  if (shown.length === 0) return { blocks: [], shown: 0 };
  const block: DataTableBlock = {
    type: 'data_table',
    caption,
    page_size: 25,
    rows: [head, ...shown].map((row) => row.map((text) => ({ type: 'raw_text' as const, text }))),
  };
  return { blocks: [block], shown: shown.length };
};

const list = (rows: readonly DigestRow[], room: number): Listed => {
  const lines = rows
    .slice(0, maxRows)
    .map((row) =>
      [
        `${stateChange(row)} *${prose(row.cluster, 64)}*`,
        row.errors > 0 ? count(row.errors, 'error') : '',
        row.warnings > 0 ? count(row.warnings, 'warning') : '',
        row.muted > 0 ? `${mutedIcon} ${grouped(row.muted)} muted` : '',
        trend(row.trend),
        changeWords(row),
      ]
        .filter((part) => part !== '')
        .join(' · '),
    );
  const shown = itemsThatFit(lines, maxRows, room, (line) => line.length + 1);
  return { blocks: packLines(shown).map(section), shown: shown.length };
};

/** Lists new, resolved, muted and hidden findings, and the oldest open one. */
const changes = (rows: readonly DigestRow[], { at, since, changed }: DigestContent): readonly string[] => {
  const line = (label: string, of: (row: DigestRow) => string | undefined): string[] => {
    const parts = rows.flatMap((row) => of(row) ?? []);
    return parts.length === 0 ? [] : [`*${label}:* ${few(parts, 8, (part) => part)}`];
  };
  const oldest = oldestOf(rows);
  const still = rows.reduce((sum, row) => sum + (row.isFirst ? 0 : row.open - row.added), 0);
  return [
    ...(since !== null && !changed ? [`*Nothing has changed* since ${moment(since)}`] : []),
    ...line('New', (row) =>
      row.added > 0 ? issueWords(row.cluster, row.addedIssues, row.added) : undefined,
    ),
    ...line('Resolved', (row) =>
      row.resolved > 0 ? issueWords(row.cluster, row.resolvedIssues, row.resolved) : undefined,
    ),
    ...line('Muted', (row) =>
      row.newlyMuted > 0 ? issueWords(row.cluster, row.newlyMutedIssues, row.newlyMuted) : undefined,
    ),
    ...line('No longer visible', (row) =>
      row.newlyHidden > 0 ? `*${prose(row.cluster, 64)}* (${grouped(row.newlyHidden)})` : undefined,
    ),
    ...(since === null
      ? line('Open', (row) =>
          row.findingCount > 0 ? issueWords(row.cluster, row.findings, row.findingCount) : undefined,
        )
      : still > 0
        ? [`*Still open:* ${grouped(still)}`]
        : []),
    ...(oldest === undefined || still === 0
      ? []
      : [
          `*Oldest open:* ${prose(oldest.cluster, 64)} ${code(oldest.issue.check, 60)}, ${age(Date.parse(at) - Date.parse(oldest.issue.since))}`,
        ]),
  ];
};

const oldestOf = (
  rows: readonly DigestRow[],
): { readonly cluster: string; readonly issue: KnownIssue } | undefined =>
  rows
    .flatMap(({ cluster, oldest }) => (oldest === null ? [] : [{ cluster, issue: oldest }]))
    .reduce<{ cluster: string; issue: KnownIssue } | undefined>(
      (oldest, one) => (oldest === undefined || one.issue.since < oldest.issue.since ? one : oldest),
      undefined,
    );

const facts = ({ id, clusters, planned, at, requestedBy }: DigestContent): string => {
  const late = Date.parse(at) - Date.parse(planned);
  const requester = requestedBy === null ? '' : mention(requestedBy);
  return [
    `digest ${code(id, 20)} of ${few(clusters, 5, (word) => code(word, 60))}`,
    requester === '' ? `planned for ${moment(planned)}` : `requested by ${requester}`,
    requester === '' && late >= lateMs ? `late by ${age(late)}` : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
};

const endWords = (inMs: number): string => (inMs > 0 ? `ends in ${age(inMs)}` : `ended ${age(-inMs)} ago`);

/** Explains what the digest leaves out. */
const notes = (digest: DigestContent): readonly string[] => {
  const { gone, hidden, missed, onlyChanges, changed, endingMutes, at } = digest;
  const muteWords = ({ cluster, check, subject, until }: EndingMute): string =>
    `*${prose(cluster, 64)}* ${code(check, 60)}${subject === null ? '' : ` ${code(subject, 60)}`} ${endWords(Date.parse(until) - Date.parse(at))}`;
  return packLines(
    [
      missed > 0
        ? `⏱️ ${count(missed, 'run')} before this ${missed === 1 ? 'was' : 'were'} skipped: the digest could not be posted within an hour of the planned time`
        : '',
      gone.length > 0 ? `❔ no longer configured: ${few(gone, 8, (word) => code(word, 60))}` : '',
      hidden > 0
        ? `🔒 ${count(hidden, 'cluster')} left out: the owner of this digest has no access to ${hidden === 1 ? 'it' : 'them'}`
        : '',
      endingMutes.length > 0
        ? `🔔 ${count(endingMutes.length, 'mute ends', 'mutes end')} before the next digest: ${few(endingMutes, 5, muteWords)}`
        : '',
      onlyChanges && !changed ? 'This digest posts only changes; without changes, it posts once a week' : '',
    ].filter((line) => line !== ''),
  );
};

/** Renders all clusters and their stored findings as text. */
const renderDigestFile = (digest: DigestContent, rows: readonly DigestRow[]): AttachedFile => {
  const stamp = digest.planned.replace(/[^0-9T]/g, '').slice(0, 18);
  const lines = rows.flatMap((row) => [
    row.verdict === null
      ? `could not be read  ${showInvisible(row.cluster)}`
      : `${row.verdict}  ${showInvisible(row.cluster)}  ${count(row.errors, 'error')}, ${count(row.warnings, 'warning')}, ${grouped(row.muted)} muted  ${changeWords(row)}`,
    ...(row.reason === '' ? [] : [`    ${showInvisible(row.reason)}`]),
    ...row.findings.map(
      ({ severity, check, message }) => `    ${severity}  ${showInvisible(check)}  ${showInvisible(message)}`,
    ),
    ...(row.findingCount > row.findings.length
      ? [`    … and ${grouped(row.findingCount - row.findings.length)} more`]
      : []),
  ]);
  return {
    name: `peering-digest-${digest.id}-${stamp}.txt`,
    title: plain(`Digest ${digest.id}: all clusters`, 60),
    content: `${[`digest ${digest.id}, planned for ${digest.planned}, ${count(rows.length, 'cluster')}: worst first`, '', ...lines].join('\n')}\n`,
  };
};
