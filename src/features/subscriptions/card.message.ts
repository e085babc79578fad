import type { KnownBlock } from '@slack/types';
import { isPattern } from '../../config/match-clusters';
import { fleetButtons } from '../check';
import type { Summary, Verdict } from '../../report/report';
import {
  type Change,
  isOpen,
  type IssueState,
  type TrackedCluster,
  type TrackedIssue,
} from '../../report/track-changes';
import { code, prose, sentence } from '../../render/escape';
import {
  count,
  few,
  grouped,
  mutedIcon,
  severityIcon,
  statusIcon,
  unknownWords,
  verdictIcon,
  verdictPhrase,
} from '../../render/words';
import { actionsBlock, context, mention, moment, section } from '../../render/slack/blocks';
import { detailsButton, runAgainButton } from '../history';
import { type Incident, incidentRows, onCallLine } from '../incidents';
import { headline } from '../../render/slack/lines';
import { stateChangeWords } from '../../render/state-change-words';
import { linesThatFit, type Message, packLines } from '../../render/slack/limits';
import { consulButton, type OwnerLinks, runbookLink } from '../../render/slack/owner-links';
import { scopeName } from '../../slack/scope-name';
import { type SubscriptionFacts, subscriptionLine, unsubscribeButton } from './notices.message';

/** The card of a subscription, which is edited after each check, and the replies under it that report changes. */

/** Changes that one check confirmed. */
export interface ReportedChanges {
  /** ms since the epoch. */
  readonly at: number;
  /** The reported verdict after these changes. */
  readonly verdict: Verdict;
  readonly changes: readonly Change[];
  /** Number of further changes. */
  readonly more: number;
  /** The clusters for which people are on call. */
  readonly turned?: readonly string[] | undefined;
  /** True if they turned before, when nobody was to be mentioned. */
  readonly isLate?: boolean | undefined;
}

export interface CardFacts extends SubscriptionFacts {
  readonly tracked: TrackedCluster;
  readonly look: {
    readonly at: number;
    readonly summary: Summary | null;
    readonly problem: string | null;
    readonly run: string | null;
    /** Of a subscription to several clusters. */
    readonly clusters?:
      | Readonly<Record<string, { readonly verdict: Verdict; readonly problem: string | null }>>
      | undefined;
  };
  /** Newest first. */
  readonly story: readonly ReportedChanges[];
  /** The incidents of the clusters, by cluster. */
  readonly open: ReadonlyMap<string, Incident>;
  /** The web pages of the owner, of a subscription to one cluster. */
  readonly links?: OwnerLinks | undefined;
}

const maxOpen = 12;
/** Maximum characters of lines in one message; the rest of the message needs less than what is left. */
const linesRoom = 5_000;
const maxStory = 6;
const flapIcon = '🔁';

const at = (ms: number): string => moment(new Date(ms).toISOString(), '{date_short_pretty} {time}');

/** The cluster, and the filters of the subscription. */
type Scope = Pick<SubscriptionFacts, 'cluster' | 'check' | 'peer' | 'severity'>;

const patternWords: Readonly<Record<Verdict, string>> = {
  'not-ready': 'a cluster is not ready for peering',
  unknown: 'the status of a cluster is unknown',
  warnings: 'all clusters are ready for peering, with warnings',
  ready: 'all clusters are ready for peering',
};

const patternPhrase = (pattern: string, verdict: Verdict): string =>
  `${code(pattern, 140)}: *${patternWords[verdict]}*`;

/** The verdict, with the filters if it is not that of the whole cluster. */
const verdictLine = ({ cluster, check, peer, severity }: Scope, verdict: Verdict): string => {
  const phrase = isPattern(cluster)
    ? patternPhrase(cluster, verdict)
    : `*${verdictPhrase(verdict, prose(cluster, 64), peer === null ? null : prose(peer, 60))}*`;
  const errorsOnly = severity === 'error' && (verdict === 'ready' || check !== null);
  const filters = [errorsOnly ? 'errors' : '', check === null ? '' : code(check, 60)].filter(Boolean);
  const filtered = filters.length === 0 ? '' : ` (only ${filters.join(' of ')})`;
  return `${verdictIcon[verdict]} ${phrase}${filtered}`;
};

const issueIcon: Readonly<Record<IssueState, string>> = {
  error: severityIcon.error,
  warning: severityIcon.warning,
  muted: mutedIcon,
  gone: statusIcon.pass,
};

const issueWords = (issue: TrackedIssue): string => {
  const where = issue.cluster === undefined ? '' : `*${prose(issue.cluster, 64)}* `;
  return `${where}${headline(issue, 220)} · ${code(issue.check, 60)}`;
};

/** Maximum characters of the change behind a finding. */
const maxStateChange = 200;

/** Says what changed in the cluster since the last stored run without a finding; empty where that is not known. */
const behindWords = ({ changed }: TrackedIssue): string =>
  changed === undefined ? '' : `\n↳ changed: ${prose(stateChangeWords(changed), maxStateChange)}`;

/** Open findings, worst first; flapping ones have their own icon. */
const openLines = ({ tracked, severity }: CardFacts): readonly string[] => {
  const open = Object.values(tracked.issues)
    .filter((track) => isOpen(track.reported, severity) || (track.flapping && isOpen(track.worst, severity)))
    .sort((a, b) => Number(b.reported === 'error') - Number(a.reported === 'error') || a.since - b.since);
  const all = open
    .slice(0, maxOpen)
    .map(({ issue, reported, since, flapping }) =>
      flapping
        ? `${flapIcon} ${issueWords(issue)} · flapping`
        : `${issueIcon[reported]} ${issueWords(issue)} · since ${at(since)}${behindWords(issue)}`,
    );
  const lines = linesThatFit(all, maxOpen, linesRoom);
  const left = open.length - lines.length;
  return left > 0 ? [...lines, `… and ${count(left, 'more finding')}`] : lines;
};

/** Counts the changes that only one check has found so far. */
const unconfirmed = ({ tracked, severity }: CardFacts): string => {
  const issues = Object.values(tracked.issues).filter(
    ({ reported, observed, flapping }) =>
      !flapping && reported !== observed && (isOpen(reported, severity) || isOpen(observed, severity)),
  ).length;
  const verdict = !tracked.verdict.flapping && tracked.verdict.reported !== tracked.verdict.observed;
  if (issues === 0 && !verdict) return '';
  const what = issues > 0 ? count(issues, 'change') : 'a new verdict';
  return `⏳ ${what} not confirmed yet, waiting for the next check`;
};

/** Maximum clusters that are named because they could not be read. */
const maxUnread = 8;

/** Counts the clusters of a subscription to several by their verdicts: `9 🟢, 2 🟡, 1 🔴`. */
const clusterCounts = ({ look: { clusters = {} } }: CardFacts): string => {
  const of = (verdict: Verdict): number =>
    Object.values(clusters).filter((one) => one.verdict === verdict).length;
  return (['ready', 'warnings', 'unknown', 'not-ready'] as const)
    .flatMap((verdict) => (of(verdict) > 0 ? [`${grouped(of(verdict))} ${verdictIcon[verdict]}`] : []))
    .join(', ');
};

/** True if a pattern matches none of the clusters that the subscriber may see. */
const matchesNone = ({ look: { clusters } }: CardFacts): boolean =>
  clusters !== undefined && Object.keys(clusters).length === 0;

/** Says nothing of clusters that the subscriber may not see: they may match. */
const waitingHead = (pattern: string): string =>
  `${verdictIcon.unknown} ${code(pattern, 140)}: *matches none of the clusters that the subscriber may see*`;

const waitingLine = 'the subscription goes on as soon as a cluster matches';

const notVisible = ({ look }: CardFacts): string => {
  const unread = Object.entries(look.clusters ?? {}).filter(([, { problem }]) => problem !== null);
  if (unread.length > 0)
    return `${statusIcon.unknown} ${count(unread.length, 'cluster')} could not be read: ${few(unread, maxUnread, ([name]) => prose(name, 64))}`;
  if (look.problem !== null)
    return `${statusIcon.unknown} the cluster could not be read: ${sentence(look.problem, 300)}`;
  const unknown = look.summary?.unknown ?? 0;
  return unknown > 0 ? `${statusIcon.unknown} ${unknownWords(unknown)}` : '';
};

/** The changes of one check in one line: `09:31 🔴 2 new, 1 resolved`. */
const storyLine = ({ at: when, verdict, changes, more }: ReportedChanges): string => {
  const of = (test: (change: Change) => boolean): number => changes.filter(test).length;
  const parts = [
    [of((c) => c.kind === 'issue' && isNew(c)), 'new'],
    [of((c) => c.kind === 'issue' && c.after === 'gone'), 'resolved'],
    [of((c) => c.kind === 'issue' && c.after === 'muted'), 'muted'],
    [of((c) => c.kind === 'issue' && !isNew(c) && c.after !== 'gone' && c.after !== 'muted'), 'changed'],
    [of((c) => c.kind === 'issue-flapping' || c.kind === 'verdict-flapping'), 'flapping'],
    [of((c) => c.kind === 'issue-calm' || c.kind === 'verdict-calm'), 'stable again'],
    [more, 'more'],
  ] as const;
  const words = parts.filter(([n]) => n > 0).map(([n, word]) => `${grouped(n)} ${word}`);
  return `${at(when)} ${verdictIcon[verdict]} ${words.join(', ') || 'verdict changed'}`;
};

const isNew = ({ before, after }: { readonly before: IssueState; readonly after: IssueState }): boolean =>
  (before === 'gone' || before === 'muted') && (after === 'error' || after === 'warning');

const footer = (facts: CardFacts): string =>
  [
    runbookLink(facts.links ?? {}),
    `last check ${at(facts.look.at)}`,
    subscriptionLine(facts),
    mention(facts.owner) === '' ? '' : `subscribed by ${mention(facts.owner)}`,
  ]
    .filter(Boolean)
    .join(' · ');

const cardButtons = ({ cluster, peer, look, links = {} }: CardFacts): KnownBlock[] => {
  const shown = [
    isPattern(cluster)
      ? fleetButtons.runAgain.render('Check now', { words: cluster, short: null })
      : runAgainButton({ cluster, peer }, 'Check now'),
    detailsButton({ cluster, peer, run: look.run }),
    consulButton(links),
    unsubscribeButton({ cluster }),
  ].filter((one) => one !== undefined);
  return shown.length === 0 ? [] : [actionsBlock(shown)];
};

const cardHead = (facts: CardFacts): string => {
  if (matchesNone(facts)) return waitingHead(facts.cluster);
  const { reported, flapping } = facts.tracked.verdict;
  const counts = clusterCounts(facts);
  return `${verdictLine(facts, reported)}${counts === '' ? '' : ` · ${counts}`}${flapping ? ` · ${flapIcon} verdict is flapping` : ''}`;
};

/** The open findings, and what else is known of the last check. */
const cardLines = (facts: CardFacts): readonly string[] => {
  if (matchesNone(facts)) return [waitingLine];
  const muted = Object.values(facts.tracked.issues).filter((track) => track.reported === 'muted').length;
  const lines = [
    ...openLines(facts),
    notVisible(facts),
    unconfirmed(facts),
    muted > 0 ? `${mutedIcon} ${grouped(muted)} muted` : '',
  ].filter(Boolean);
  return lines.length === 0 ? ['no open findings'] : lines;
};

/** Renders the card: the verdict, the open findings with their age, and recent changes. */
export const renderSubscriptionCard = (facts: CardFacts): Message => {
  const { story, look } = facts;
  const head = cardHead(facts);
  const recent = story.slice(0, maxStory).map(storyLine);
  return {
    text: head,
    blocks: [
      section(head),
      ...packLines(cardLines(facts)).map(section),
      ...incidentRows(facts.open.values()),
      ...(recent.length === 0 ? [] : [context(`*Recent changes*\n${recent.join('\n')}`)]),
      context(footer({ ...facts, look })),
      ...cardButtons(facts),
    ],
  };
};

/** Renders the last state of the card of a subscription that ended. */
export const renderEndedCard = (cluster: string, why: string): Message => {
  const text = `▫️ The subscription to ${scopeName(cluster)} has ended: ${prose(why, 200)}`;
  return {
    text,
    blocks: [section(text), context(`To subscribe again, run ${code(`/peering subscribe ${cluster}`, 200)}`)],
  };
};

const changeLine = (change: Change): string => {
  if (change.kind === 'verdict') return '';
  if (change.kind === 'verdict-flapping')
    return `${flapIcon} *flapping:* the verdict keeps changing; you get a reply when it is stable again`;
  if (change.kind === 'verdict-calm')
    return `${verdictIcon[change.at]} *stable again:* the verdict has stopped changing`;
  const words = issueWords(change.issue);
  if (change.kind === 'issue-flapping') return `${flapIcon} *flapping:* ${words}`;
  if (change.kind === 'issue-calm') return `${issueIcon[change.at]} *stable again:* ${words}`;
  const { before, after } = change;
  if (after === 'gone') return `${issueIcon.gone} *resolved:* ${words}`;
  if (after === 'muted') return `${issueIcon.muted} *muted:* ${words}`;
  if (before === 'muted') return `${issueIcon[after]} *no longer muted:* ${words}`;
  if (before === 'gone') return `${issueIcon[after]} *new:* ${words}${behindWords(change.issue)}`;
  return `${issueIcon[after]} *now ${after === 'error' ? 'an error' : 'a warning'}:* ${words}`;
};

/** Maximum changes in one reply; the rest are counted. */
const maxChanges = 15;

/** True if a reply may also be sent to the channel: only if the verdict changed. */
export const isBroadcast = ({ changes }: Pick<ReportedChanges, 'changes'>): boolean =>
  changes.some(({ kind }) => kind === 'verdict');

/** Beside the changes of a reply: who is mentioned, and the incidents of the clusters. */
interface OnCallFacts {
  /** User groups. */
  readonly groups: readonly string[];
  readonly open: ReadonlyMap<string, Incident>;
}

const noIncident: OnCallFacts = { groups: [], open: new Map() };

/** The first line of a reply. */
const changesHead = (scope: Scope, { changes, verdict, turned = [], isLate }: ReportedChanges): string => {
  const verdictChange = changes.find((change) => change.kind === 'verdict');
  const names = few(turned, maxUnread, (name) => `*${prose(name, 64)}*`);
  if (isLate === true)
    return `${verdictIcon[verdict]} still ${verdict === 'warnings' ? 'with warnings' : 'not ready for peering'}: ${names}`;
  if (verdictChange !== undefined)
    return `${verdictLine(scope, verdictChange.after)} · was ${verdictIcon[verdictChange.before]}`;
  return `${verdictIcon[verdict]} ${scopeName(scope.cluster)} changed`;
};

/** Renders the reply that reports the changes of one check. */
export const renderChanges = (
  scope: Scope,
  reported: ReportedChanges,
  { groups, open }: OnCallFacts = noIncident,
): Message => {
  const { changes, more, turned = [] } = reported;
  const head = changesHead(scope, reported);
  const lines = changes.map(changeLine).filter(Boolean);
  const shown = linesThatFit(lines, maxChanges, linesRoom);
  const left = lines.length - shown.length + more;
  const all =
    left > 0 ? [...shown, `… and ${count(left, 'more change')}: see the card for all open findings`] : shown;
  const onCall = onCallLine(groups);
  const about = isBroadcast(reported) ? [scope.cluster, ...turned] : turned;
  const rows = incidentRows([...open.values()].filter(({ cluster }) => about.includes(cluster)));
  return {
    text: [head, onCall].filter(Boolean).join(' · '),
    blocks: [
      section(head),
      ...(onCall === '' ? [] : [section(onCall)]),
      ...packLines(all).map(section),
      ...rows,
    ],
  };
};
