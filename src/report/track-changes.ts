import type { Finding, Report, StateChange, Subject, Verdict } from './report';
import { isFullyEvaluated, summarize, verdictOf } from './report';
import { omitUndefined } from '../omit-undefined';

/**
 * Tracks a cluster that is polled, and reports changes. A change is reported once two polls in a row have observed
 * it. An issue that keeps changing is reported as flapping, once, until it is calm. An issue that is not visible has
 * not changed: it is not resolved, and the poll does not count for it.
 */
export type IssueState = 'error' | 'warning' | 'muted' | 'gone';

export interface TrackedIssue {
  /** The cluster that it is about, if several are tracked together. */
  readonly cluster?: string | undefined;
  readonly check: string;
  readonly subject: Subject;
  /** The latest message. */
  readonly message: string;
  /** The change in the cluster that it may be due to, since the last stored run without it; absent where none is known. */
  readonly changed?: StateChange | undefined;
}

/** One value that is tracked: the last reported, and what polls have observed since. */
interface Track<V> {
  readonly reported: V;
  readonly observed: V;
  /** Polls in a row that observed this value. */
  readonly streak: number;
  /** The latest polls that observed another value than the poll before. */
  readonly flips: readonly number[];
  readonly flapping: boolean;
}

interface IssueTrack extends Track<IssueState> {
  readonly issue: TrackedIssue;
  /** When the reported state began (ms since the epoch). */
  readonly since: number;
  /** The worst state since the last report. */
  readonly worst: IssueState;
}

/** The state of a cluster that is kept from one poll to the next. JSON-safe. */
export interface TrackedCluster {
  /** Number of polls so far. */
  readonly poll: number;
  readonly verdict: Track<Verdict>;
  readonly issues: Readonly<Record<string, IssueTrack>>;
  /** The verdicts of several clusters that are tracked together. */
  readonly clusters?: Readonly<Record<string, Track<Verdict>>> | undefined;
}

/** A change of the verdict of one cluster. */
export interface VerdictChange {
  /** Undefined if one cluster is tracked. */
  readonly cluster: string | undefined;
  readonly before: Verdict;
  readonly after: Verdict;
}

export type Change =
  | { readonly kind: 'verdict'; readonly before: Verdict; readonly after: Verdict }
  | {
      readonly kind: 'issue';
      readonly issue: TrackedIssue;
      readonly before: IssueState;
      readonly after: IssueState;
    }
  | { readonly kind: 'verdict-flapping'; readonly at: Verdict }
  | { readonly kind: 'verdict-calm'; readonly at: Verdict }
  | ({ readonly kind: 'issue-flapping' } & FlappingIssue)
  | ({ readonly kind: 'issue-calm' } & FlappingIssue);

interface FlappingIssue {
  readonly issue: TrackedIssue;
  /** The worst state while it was flapping. */
  readonly worst: IssueState;
  readonly at: IssueState;
}

/** The filter of a subscription. */
export interface ChangeFilter {
  /** `error`: errors only. */
  readonly severity: 'error' | 'warning';
  /** A check's id or a glob; null: all. */
  readonly check: string | null;
}

/** The result of one poll. */
export interface Observation {
  readonly verdict: Verdict;
  readonly issues: ReadonlyMap<string, { readonly issue: TrackedIssue; readonly state: IssueState }>;
  /** True if a check was fully evaluated, so that an issue that it no longer finds is gone. `cluster`: of several. */
  readonly isEvaluated: (check: string, cluster: string | undefined) => boolean;
  /** The verdicts of several clusters. */
  readonly clusters?: ReadonlyMap<string, Verdict>;
}

/** Polls in a row that must observe a change before it is reported. */
const pollsToConfirm = 2;
/** Flips within `flapWindowPolls` polls that count as flapping. */
const flipsToFlap = 4;
const flapWindowPolls = 10;
/** Polls in a row with the same value that end flapping. */
const pollsToCalm = 5;

/** Maximum issues that are tracked, errors first. */
const maxIssues = 5_000;
/** Maximum length of a stored name or message (UTF-16 units). */
const maxText = 200;

const short = (text: string): string =>
  text.length <= maxText ? text : `${text.slice(0, maxText - 60)}…${text.length}…${text.slice(-50)}`;

const keyOf = ({ check, subject }: TrackedIssue): string =>
  JSON.stringify([check, subject.kind, subject.name]);

const shortSubject = ({ kind, name }: Subject): Subject => ({ kind: short(kind), name: short(name) });

/** Maximum length of the values of a stored change, as JSON (UTF-16 units). */
const maxValues = 1_000;

const shortChange = (change: StateChange): StateChange => {
  const { subject, field, from, to } = change;
  const named = { ...change, subject: shortSubject(subject), field: short(field) };
  return JSON.stringify([from, to]).length <= maxValues
    ? named
    : { ...named, from: null, to: null, unknown: 'too-large' };
};

const issueOf = (check: string, { subject, message, changed }: Finding): TrackedIssue => {
  const [closest] = changed?.changes ?? [];
  return {
    check,
    subject: shortSubject(subject),
    message: short(message),
    ...omitUndefined({ changed: closest && shortChange(closest) }),
  };
};

/** Returns the part of a report that a filter selects, with its own verdict. `matches` compares a glob with a name. */
export const narrowReport = (
  report: Report,
  { severity, check }: ChangeFilter,
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

const stateOf = ({ severity, muted }: Finding): IssueState | undefined =>
  severity === 'info' ? undefined : muted === undefined ? severity : 'muted';

const rank: Readonly<Record<IssueState, number>> = { error: 3, warning: 2, muted: 1, gone: 0 };

/** Returns the state of each issue of a report. Of several findings about one subject the worst counts. */
export const observeReport = ({ verdict, results }: Report): Observation => {
  const issues = new Map<string, { issue: TrackedIssue; state: IssueState }>();
  for (const { id, findings } of results) {
    for (const finding of findings) {
      const state = stateOf(finding);
      if (state === undefined) continue;
      const issue = issueOf(id, finding);
      const known = issues.get(keyOf(issue));
      if (known === undefined || rank[state] > rank[known.state]) {
        issues.set(keyOf(issue), { issue, state });
      }
    }
  }
  const evaluated = new Map(results.map((result) => [result.id, isFullyEvaluated(result)]));
  return { verdict, issues, isEvaluated: (check) => evaluated.get(check) === true };
};

/** The result of a poll of a cluster that could not be read. */
export const unreadableCluster: Observation = {
  verdict: 'unknown',
  issues: new Map(),
  isEvaluated: () => false,
};

/** Worst first. An unknown verdict is worse than warnings, because it may hide an error. */
const verdicts: readonly Verdict[] = ['not-ready', 'unknown', 'warnings', 'ready'];

/** Joins the observations of several clusters, by their names, into one with the worst verdict. */
export const mergeObservations = (observed: ReadonlyMap<string, Observation>): Observation => ({
  verdict: verdicts.find((one) => [...observed.values()].some(({ verdict }) => verdict === one)) ?? 'unknown',
  issues: new Map(
    [...observed].flatMap(([cluster, { issues }]) =>
      [...issues].map(([key, { issue, state }]) => [
        JSON.stringify([cluster, key]),
        { issue: { ...issue, cluster }, state },
      ]),
    ),
  ),
  isEvaluated: (check, cluster) => observed.get(cluster ?? '')?.isEvaluated(check, cluster) ?? false,
  clusters: new Map([...observed].map(([cluster, { verdict }]) => [cluster, verdict])),
});

interface Step<T> {
  readonly track: T;
  readonly event?: 'changed' | 'flapping' | 'calm';
}

const start = <V>(value: V): Track<V> => ({
  reported: value,
  observed: value,
  streak: 1,
  flips: [],
  flapping: false,
});

/** Tracks one value through one more poll. */
const follow = <V>(before: Track<V>, value: V, poll: number): Step<Track<V>> => {
  const same = value === before.observed;
  const streak = same ? before.streak + 1 : 1;
  const flips = [...before.flips, ...(same ? [] : [poll])].filter((at) => at > poll - flapWindowPolls);
  const track = { ...before, observed: value, streak, flips };
  if (before.flapping) {
    if (streak < pollsToCalm) return { track };
    const calm = { ...track, reported: value, flips: [], flapping: false };
    return { track: calm, event: value === before.reported ? 'calm' : 'changed' };
  }
  if (flips.length >= flipsToFlap) return { track: { ...track, flapping: true }, event: 'flapping' };
  if (value === before.reported || streak < pollsToConfirm) return { track };
  return { track: { ...track, reported: value }, event: 'changed' };
};

/** Starts with the first poll, which reports no change. */
export const startTracking = (observation: Observation, nowMs: number): TrackedCluster => ({
  poll: 1,
  verdict: start(observation.verdict),
  issues: Object.fromEntries(
    worstIssues(observation).map(([key, { issue, state }]) => [
      key,
      { ...start(state), issue, since: nowMs, worst: state },
    ]),
  ),
  ...omitUndefined({ clusters: followClusters({}, observation, 1)?.tracks }),
});

/** Tracks the verdicts of several clusters through one more poll; undefined if one cluster is tracked. */
const followClusters = (
  before: NonNullable<TrackedCluster['clusters']>,
  { clusters }: Observation,
  poll: number,
):
  | { readonly tracks: Record<string, Track<Verdict>>; readonly verdictChanges: readonly VerdictChange[] }
  | undefined => {
  if (clusters === undefined) return undefined;
  const tracks: Record<string, Track<Verdict>> = {};
  const verdictChanges: VerdictChange[] = [];
  for (const [cluster, verdict] of clusters) {
    const known = Object.hasOwn(before, cluster) ? before[cluster] : undefined;
    const { track, event } = known === undefined ? { track: start(verdict) } : follow(known, verdict, poll);
    tracks[cluster] = track;
    if (known !== undefined && event === 'changed')
      verdictChanges.push({ cluster, before: known.reported, after: track.reported });
  }
  return { tracks, verdictChanges };
};

const worstIssues = ({ issues }: Observation) =>
  [...issues].sort(([, a], [, b]) => rank[b.state] - rank[a.state]).slice(0, maxIssues);

const hasLeft = ({ cluster }: TrackedIssue, { clusters }: Observation): boolean =>
  cluster !== undefined && clusters !== undefined && !clusters.has(cluster);

/** Tracks a cluster through one more poll. Returns its new state, the changes to report, and the changed verdicts of clusters. */
export const trackChanges = (
  before: TrackedCluster,
  observation: Observation,
  nowMs: number,
): {
  readonly tracked: TrackedCluster;
  readonly changes: readonly Change[];
  readonly verdictChanges: readonly VerdictChange[];
} => {
  const poll = before.poll + 1;
  // Of no cluster there is no verdict: the last one stays.
  const verdict: Step<Track<Verdict>> =
    observation.clusters?.size === 0
      ? { track: before.verdict }
      : follow(before.verdict, observation.verdict, poll);
  const changes: Change[] = [];
  if (verdict.event === 'changed') {
    changes.push({ kind: 'verdict', before: before.verdict.reported, after: verdict.track.reported });
  } else if (verdict.event !== undefined) {
    changes.push({ kind: `verdict-${verdict.event}`, at: verdict.track.observed });
  }

  const issues: Record<string, IssueTrack> = {};
  const update = (key: string, known: IssueTrack, state: IssueState): void => {
    const { track, event } = follow(known, state, poll);
    const since = event === 'changed' ? nowMs : known.since;
    const issue = observation.issues.get(key)?.issue ?? known.issue;
    const worst = rank[state] > rank[known.worst] ? state : known.worst;
    if (event === 'changed')
      changes.push({ kind: 'issue', issue, before: known.reported, after: track.reported });
    else if (event !== undefined) changes.push({ kind: `issue-${event}`, issue, worst, at: track.observed });
    // Once its end is reported, it is no longer tracked.
    const over =
      track.reported === 'gone' && track.observed === 'gone' && !track.flapping && track.flips.length === 0;
    const isReset = event === 'changed' || event === 'calm';
    if (!over) issues[key] = { ...track, issue, since, worst: isReset ? track.reported : worst };
  };
  for (const [key, known] of Object.entries(before.issues)) {
    // A cluster that is no longer among several takes its issues along: nobody knows that they are resolved.
    if (hasLeft(known.issue, observation)) continue;
    const now = observation.issues.get(key)?.state;
    if (now !== undefined) update(key, known, now);
    else if (observation.isEvaluated(known.issue.check, known.issue.cluster)) update(key, known, 'gone');
    else issues[key] = known;
  }
  let room = maxIssues - Object.keys(issues).length;
  for (const [key, { issue, state }] of worstIssues(observation)) {
    if (before.issues[key] !== undefined || room <= 0) continue;
    room -= 1;
    update(key, { ...start<IssueState>('gone'), issue, since: nowMs, worst: 'gone' }, state);
  }
  const several = followClusters(before.clusters ?? {}, observation, poll);
  const own: readonly VerdictChange[] =
    verdict.event === 'changed'
      ? [{ cluster: undefined, before: before.verdict.reported, after: verdict.track.reported }]
      : [];
  return {
    tracked: { poll, verdict: verdict.track, issues, ...omitUndefined({ clusters: several?.tracks }) },
    changes,
    verdictChanges: several?.verdictChanges ?? own,
  };
};

/** True if an issue in this state is open for a subscription with this severity. */
export const isOpen = (state: IssueState, severity: ChangeFilter['severity']): boolean =>
  state === 'error' || (state === 'warning' && severity === 'warning');

/** True if a subscription with this severity reports a change. */
export const isReported = (change: Change, severity: ChangeFilter['severity']): boolean => {
  if (change.kind === 'issue') return isOpen(change.before, severity) || isOpen(change.after, severity);
  return 'worst' in change ? isOpen(change.worst, severity) : true;
};
