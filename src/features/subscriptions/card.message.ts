import type { KnownBlock } from '@slack/types';
import type { Summary, Verdict } from '../../report/report';
import { type Change, isOpen, type Standing, type Watched, type WatchedIssue } from '../../report/watch';
import { code, prose, sentence } from '../../render/escape';
import {
  count,
  grouped,
  mutedIcon,
  severityIcon,
  statusIcon,
  verdictIcon,
  verdictWords,
} from '../../render/words';
import { actionsBlock, context, mention, moment, section } from '../../render/slack/blocks';
import { detailsButton, runAgainButton } from '../history';
import { headline } from '../../render/slack/lines';
import { linesThatFit, type Message, packLines } from '../../render/slack/limits';
import { type SubscriptionFacts, subscriptionLine, unsubscribeButton } from './notices.message';

/** The living card of a subscription, and the replies under it that tell of changes. */

/** One look that had something to tell. */
export interface ToldFacts {
  /** ms since the epoch. */
  readonly at: number;
  /** As it was told from then on. */
  readonly verdict: Verdict;
  readonly changes: readonly Change[];
  /** Changes that are only counted. */
  readonly more: number;
}

export interface CardFacts extends SubscriptionFacts {
  readonly watched: Watched;
  readonly look: {
    readonly at: number;
    readonly summary: Summary | null;
    readonly problem: string | null;
    readonly run: string | null;
  };
  /** Newest first. */
  readonly story: readonly ToldFacts[];
}

const maxOpen = 12;
/** Characters of lines in one message: the rest of it takes less than what is left. */
const linesRoom = 5_000;
const maxStory = 6;
const flapIcon = '🔁';

const at = (ms: number): string => moment(new Date(ms).toISOString(), '{date_short_pretty} {time}');

/** The cluster, and what of it is watched. */
type Scope = Pick<SubscriptionFacts, 'cluster' | 'check' | 'peer' | 'severity'>;

/** The verdict, which is that of the cluster only where all of it is watched. */
const said = ({ cluster, check, peer, severity }: Scope, verdict: Verdict): string => {
  const about = peer === null ? '' : ` with ${prose(peer, 60)}`;
  const by = [
    check === null ? '' : code(check, 60),
    severity === 'error' && (verdict === 'ready' || check !== null) ? 'errors' : '',
  ].filter(Boolean);
  const narrowed = by.length === 0 ? '' : `, going by ${by.join(' and ')} alone`;
  return `${verdictIcon[verdict]} *${prose(cluster, 60)} ${verdictWords[verdict]}${about}*${narrowed}`;
};

const issueIcon: Readonly<Record<Standing, string>> = {
  error: severityIcon.error,
  warning: severityIcon.warning,
  muted: mutedIcon,
  gone: statusIcon.pass,
};

const issueWords = (issue: WatchedIssue): string => `${headline(issue, 220)} · ${code(issue.check, 60)}`;

/** What is open, worst first; what goes to and fro has a mark of its own. */
const openLines = ({ watched, severity }: CardFacts): readonly string[] => {
  const open = Object.values(watched.issues)
    .filter((track) => isOpen(track.told, severity) || (track.flapping && isOpen(track.worst, severity)))
    .sort((a, b) => Number(b.told === 'error') - Number(a.told === 'error') || a.since - b.since);
  const all = open
    .slice(0, maxOpen)
    .map(({ issue, told, since, flapping }) =>
      flapping
        ? `${flapIcon} ${issueWords(issue)} · comes and goes`
        : `${issueIcon[told]} ${issueWords(issue)} · since ${at(since)}`,
    );
  const lines = linesThatFit(all, maxOpen, linesRoom);
  const left = open.length - lines.length;
  return left > 0 ? [...lines, `… and ${count(left, 'more finding')}`] : lines;
};

/** What one look alone has seen. */
const unsure = ({ watched, severity }: CardFacts): string => {
  const issues = Object.values(watched.issues).filter(
    ({ told, seen, flapping }) =>
      !flapping && told !== seen && (isOpen(told, severity) || isOpen(seen, severity)),
  ).length;
  const verdict = !watched.verdict.flapping && watched.verdict.told !== watched.verdict.seen;
  if (issues === 0 && !verdict) return '';
  const what = issues > 0 ? count(issues, 'change') : 'another verdict';
  return `⏳ ${what} seen once, told where the next look sees the same`;
};

const unseen = ({ look }: CardFacts): string => {
  if (look.problem !== null)
    return `${statusIcon.unknown} it could not be read: ${sentence(look.problem, 300)}`;
  const unknown = look.summary?.unknown ?? 0;
  return unknown > 0 ? `${statusIcon.unknown} ${count(unknown, 'check')} could not see enough` : '';
};

/** One look of the story in one line: `09:31 🔴 2 new, 1 resolved`. */
const storyLine = ({ at: when, verdict, changes, more }: ToldFacts): string => {
  const of = (test: (change: Change) => boolean): number => changes.filter(test).length;
  const parts = [
    [of((c) => c.kind === 'issue' && isNew(c)), 'new'],
    [of((c) => c.kind === 'issue' && c.after === 'gone'), 'resolved'],
    [of((c) => c.kind === 'issue' && c.after === 'muted'), 'muted'],
    [of((c) => c.kind === 'issue' && !isNew(c) && c.after !== 'gone' && c.after !== 'muted'), 'changed'],
    [of((c) => c.kind === 'issue-flapping' || c.kind === 'verdict-flapping'), 'flapping'],
    [of((c) => c.kind === 'issue-calm' || c.kind === 'verdict-calm'), 'calm again'],
    [more, 'more'],
  ] as const;
  const told = parts.filter(([n]) => n > 0).map(([n, word]) => `${grouped(n)} ${word}`);
  return `${at(when)} ${verdictIcon[verdict]} ${told.join(', ') || 'another verdict'}`;
};

const isNew = ({ before, after }: { readonly before: Standing; readonly after: Standing }): boolean =>
  (before === 'gone' || before === 'muted') && (after === 'error' || after === 'warning');

const footer = (facts: CardFacts): string =>
  [
    `looked at ${at(facts.look.at)}`,
    subscriptionLine(facts),
    `for ${mention(facts.owner) || 'somebody'}`,
  ].join(' · ');

const cardButtons = ({ cluster, peer, look }: CardFacts): KnownBlock[] => {
  const shown = [
    runAgainButton({ cluster, peer }, 'Check now'),
    detailsButton({ cluster, peer, run: look.run }),
    unsubscribeButton({ cluster }),
  ].filter((one) => one !== undefined);
  return shown.length === 0 ? [] : [actionsBlock(shown)];
};

/** The card: how the cluster is, what is open since when, and what happened lately. */
export const renderSubscriptionCard = (facts: CardFacts): Message => {
  const { watched, story, look } = facts;
  const { told, flapping } = watched.verdict;
  const head = `${said(facts, told)}${flapping ? ` · ${flapIcon} its verdict comes and goes` : ''}`;
  const muted = Object.values(watched.issues).filter((track) => track.told === 'muted').length;
  const lines = [
    ...openLines(facts),
    unseen(facts),
    unsure(facts),
    muted > 0 ? `${mutedIcon} ${grouped(muted)} muted` : '',
  ].filter(Boolean);
  const lately = story.slice(0, maxStory).map(storyLine);
  const calm = lines.length === 0 ? ['nothing is open'] : lines;
  return {
    text: head,
    blocks: [
      section(head),
      ...packLines(calm).map(section),
      ...(lately.length === 0 ? [] : [context(`*Lately*\n${lately.join('\n')}`)]),
      context(footer({ ...facts, look })),
      ...cardButtons(facts),
    ],
  };
};

/** What is left of the card of a subscription that ended. */
export const renderEndedCard = (cluster: string, why: string): Message => {
  const text = `▫️ *${prose(cluster, 60)}* is no longer watched here: ${prose(why, 200)}`;
  return {
    text,
    blocks: [section(text), context(`Watch it again with ${code('/peering subscribe CLUSTER', 60)}`)],
  };
};

const changeLine = (change: Change): string => {
  if (change.kind === 'verdict') return '';
  if (change.kind === 'verdict-flapping')
    return `${flapIcon} *flapping:* the verdict comes and goes; told again when it is calm`;
  if (change.kind === 'verdict-calm')
    return `${verdictIcon[change.at]} *calm again:* the verdict is as it was`;
  const words = issueWords(change.issue);
  if (change.kind === 'issue-flapping') return `${flapIcon} *flapping:* ${words}`;
  if (change.kind === 'issue-calm') return `${issueIcon[change.at]} *calm again:* ${words}`;
  const { before, after } = change;
  if (after === 'gone') return `${issueIcon.gone} *resolved:* ${words}`;
  if (after === 'muted') return `${issueIcon.muted} *muted:* ${words}`;
  if (before === 'muted') return `${issueIcon[after]} *counts again:* ${words}`;
  if (before === 'gone') return `${issueIcon[after]} *new:* ${words}`;
  return `${issueIcon[after]} *now ${after === 'error' ? 'an error' : 'a warning'}:* ${words}`;
};

/** A reply holds so many changes; the rest are counted. */
const maxChanges = 15;

/** Whether a reply is shown in the channel: only where the verdict changed. */
export const isBroadcast = ({ changes }: Pick<ToldFacts, 'changes'>): boolean =>
  changes.some(({ kind }) => kind === 'verdict');

/** The reply that tells of the changes of one look. */
export const renderChanges = (scope: Scope, told: ToldFacts): Message => {
  const { changes, more, verdict } = told;
  const turned = changes.find((change) => change.kind === 'verdict');
  const head =
    turned === undefined
      ? `${verdictIcon[verdict]} *${prose(scope.cluster, 60)}* changed`
      : `${said(scope, turned.after)} · was ${verdictIcon[turned.before]}`;
  const lines = changes.map(changeLine).filter(Boolean);
  const shown = linesThatFit(lines, maxChanges, linesRoom);
  const left = lines.length - shown.length + more;
  const all = left > 0 ? [...shown, `… and ${count(left, 'more change')}: the card has what is open`] : shown;
  return { text: head, blocks: [section(head), ...packLines(all).map(section)] };
};
