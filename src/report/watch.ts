import type { Finding, Report, Subject, Verdict } from './report';
import { isJudged, summarize, verdictOf } from './report';

/**
 * What changed on a cluster that is looked at again and again. A change counts when it holds for two looks; what
 * goes to and fro is called flapping, once, until it is calm. What cannot be seen has not changed: it is neither
 * resolved nor does it count as a look.
 */

/** How something that was found stands now. */
export type Standing = 'error' | 'warning' | 'muted' | 'gone';

export interface WatchedIssue {
  readonly check: string;
  readonly subject: Subject;
  /** As it was last found. */
  readonly message: string;
}

/** One thing that is followed: what was told of it, and what was seen since. */
interface Track<V> {
  readonly told: V;
  readonly seen: V;
  /** Looks in a row that saw it so. */
  readonly held: number;
  /** The latest looks that saw something else than the look before. */
  readonly flips: readonly number[];
  readonly flapping: boolean;
}

interface IssueTrack extends Track<Standing> {
  readonly issue: WatchedIssue;
  /** When what was told began (ms since the epoch). */
  readonly since: number;
  /** The worst that was seen since something was told last. */
  readonly worst: Standing;
}

/** All that is remembered from one look to the next. JSON-safe. */
export interface Watched {
  /** Looks so far. */
  readonly look: number;
  readonly verdict: Track<Verdict>;
  readonly issues: Readonly<Record<string, IssueTrack>>;
}

export type Change =
  | { readonly kind: 'verdict'; readonly before: Verdict; readonly after: Verdict }
  | {
      readonly kind: 'issue';
      readonly issue: WatchedIssue;
      readonly before: Standing;
      readonly after: Standing;
    }
  | { readonly kind: 'verdict-flapping'; readonly at: Verdict }
  | { readonly kind: 'verdict-calm'; readonly at: Verdict }
  | ({ readonly kind: 'issue-flapping' } & Restless)
  | ({ readonly kind: 'issue-calm' } & Restless);

interface Restless {
  readonly issue: WatchedIssue;
  /** It went to and fro between this and less. */
  readonly worst: Standing;
  readonly at: Standing;
}

/** What somebody wants to hear of. */
export interface Watching {
  /** `error`: nothing less. */
  readonly severity: 'error' | 'warning';
  /** A check's id or a glob; null: all. */
  readonly check: string | null;
}

/** What one look saw. */
export interface Sighting {
  readonly verdict: Verdict;
  readonly issues: ReadonlyMap<string, { readonly issue: WatchedIssue; readonly standing: Standing }>;
  /** Whether a check could be judged, so that what it no longer finds is gone. */
  readonly judged: (check: string) => boolean;
}

/** A change holds when this many looks in a row saw it. */
const looksToHold = 2;
/** So many flips in the last so many looks are flapping … */
const flipsToFlap = 4;
const flapWindow = 10;
/** … until so many looks in a row have seen the same. */
const looksToCalm = 5;

/** Issues that are followed; of ten thousand, the errors first. */
const mostIssues = 5_000;
/** Names are kept this long (UTF-16 units), messages too. */
const mostName = 200;

const short = (text: string): string =>
  text.length <= mostName ? text : `${text.slice(0, mostName - 60)}…${text.length}…${text.slice(-50)}`;

const keyOf = ({ check, subject }: WatchedIssue): string =>
  JSON.stringify([check, subject.kind, subject.name]);

const issueOf = (check: string, { subject, message }: Finding): WatchedIssue => ({
  check,
  subject: { kind: short(subject.kind), name: short(subject.name) },
  message: short(message),
});

/** The part of a report that somebody wants to hear of, judged by itself. `matches` compares a glob with a name. */
export const narrowReport = (
  report: Report,
  { severity, check }: Watching,
  matches: (glob: string, name: string) => boolean,
): Report => {
  const results = report.results.filter(({ id }) => check === null || matches(check, id));
  const verdict = verdictOf(results);
  return {
    ...report,
    results,
    summary: summarize(results),
    verdict: severity === 'error' && verdict === 'warnings' ? 'ready' : verdict,
  };
};

const standingOf = ({ severity, muted }: Finding): Standing | undefined =>
  severity === 'info' ? undefined : muted === undefined ? severity : 'muted';

const rank: Readonly<Record<Standing, number>> = { error: 3, warning: 2, muted: 1, gone: 0 };

/** What a report shows. Of several findings about one subject the worst counts. */
export const sightingOf = ({ verdict, results }: Report): Sighting => {
  const issues = new Map<string, { issue: WatchedIssue; standing: Standing }>();
  for (const { id, findings } of results) {
    for (const finding of findings) {
      const standing = standingOf(finding);
      if (standing === undefined) continue;
      const issue = issueOf(id, finding);
      const known = issues.get(keyOf(issue));
      if (known === undefined || rank[standing] > rank[known.standing]) {
        issues.set(keyOf(issue), { issue, standing });
      }
    }
  }
  const seen = new Map(results.map((result) => [result.id, isJudged(result)]));
  return { verdict, issues, judged: (check) => seen.get(check) === true };
};

/** What is seen of a cluster that could not be read at all. */
export const unreadable: Sighting = { verdict: 'unknown', issues: new Map(), judged: () => false };

interface Step<T> {
  readonly track: T;
  readonly event?: 'changed' | 'flapping' | 'calm';
}

const start = <V>(value: V): Track<V> => ({ told: value, seen: value, held: 1, flips: [], flapping: false });

/** One more look at one thing. */
const follow = <V>(before: Track<V>, value: V, look: number): Step<Track<V>> => {
  const same = value === before.seen;
  const held = same ? before.held + 1 : 1;
  const flips = [...before.flips, ...(same ? [] : [look])].filter((at) => at > look - flapWindow);
  const track = { ...before, seen: value, held, flips };
  if (before.flapping) {
    if (held < looksToCalm) return { track };
    const calm = { ...track, told: value, flips: [], flapping: false };
    return { track: calm, event: value === before.told ? 'calm' : 'changed' };
  }
  if (flips.length >= flipsToFlap) return { track: { ...track, flapping: true }, event: 'flapping' };
  if (value === before.told || held < looksToHold) return { track };
  return { track: { ...track, told: value }, event: 'changed' };
};

/** The first look: all of it is known from the start, and nothing has changed. */
export const startWatching = (sighting: Sighting, nowMs: number): Watched => ({
  look: 1,
  verdict: start(sighting.verdict),
  issues: Object.fromEntries(
    first(sighting).map(([key, { issue, standing }]) => [
      key,
      { ...start(standing), issue, since: nowMs, worst: standing },
    ]),
  ),
});

const first = ({ issues }: Sighting) =>
  [...issues].sort(([, a], [, b]) => rank[b.standing] - rank[a.standing]).slice(0, mostIssues);

/** One more look: what is remembered from now on, and what there is to tell. */
export const watch = (
  before: Watched,
  sighting: Sighting,
  nowMs: number,
): { readonly watched: Watched; readonly changes: readonly Change[] } => {
  const look = before.look + 1;
  const verdict = follow(before.verdict, sighting.verdict, look);
  const changes: Change[] = [];
  if (verdict.event === 'changed') {
    changes.push({ kind: 'verdict', before: before.verdict.told, after: verdict.track.told });
  } else if (verdict.event !== undefined) {
    changes.push({ kind: `verdict-${verdict.event}`, at: verdict.track.seen });
  }

  const issues: Record<string, IssueTrack> = {};
  const keep = (key: string, known: IssueTrack, standing: Standing): void => {
    const { track, event } = follow(known, standing, look);
    const since = event === 'changed' ? nowMs : known.since;
    const issue = sighting.issues.get(key)?.issue ?? known.issue;
    const worst = rank[standing] > rank[known.worst] ? standing : known.worst;
    if (event === 'changed') changes.push({ kind: 'issue', issue, before: known.told, after: track.told });
    else if (event !== undefined) changes.push({ kind: `issue-${event}`, issue, worst, at: track.seen });
    // Once it is over and told, it is forgotten.
    const over =
      track.told === 'gone' && track.seen === 'gone' && !track.flapping && track.flips.length === 0;
    const settled = event === 'changed' || event === 'calm';
    if (!over) issues[key] = { ...track, issue, since, worst: settled ? track.told : worst };
  };
  for (const [key, known] of Object.entries(before.issues)) {
    const now = sighting.issues.get(key)?.standing;
    if (now !== undefined) keep(key, known, now);
    else if (sighting.judged(known.issue.check)) keep(key, known, 'gone');
    else issues[key] = known;
  }
  let room = mostIssues - Object.keys(issues).length;
  for (const [key, { issue, standing }] of first(sighting)) {
    if (before.issues[key] !== undefined || room <= 0) continue;
    room -= 1;
    keep(key, { ...start<Standing>('gone'), issue, since: nowMs, worst: 'gone' }, standing);
  }
  return { watched: { look, verdict: verdict.track, issues }, changes };
};

/** Whether something that stands so is open for somebody who wants to hear of these severities. */
export const isOpen = (standing: Standing, severity: Watching['severity']): boolean =>
  standing === 'error' || (standing === 'warning' && severity === 'warning');

/** Whether somebody who wants to hear of these severities hears of a change. */
export const isHeard = (change: Change, severity: Watching['severity']): boolean => {
  if (change.kind === 'issue') return isOpen(change.before, severity) || isOpen(change.after, severity);
  return 'worst' in change ? isOpen(change.worst, severity) : true;
};
