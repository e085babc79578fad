import { otherSidesOf } from '../../config/other-sides';
import type { ClusterConfig } from '../../config/config';
import { matchesGlob } from '../../config/match-glob';
import { diffReports } from '../../report/diff';
import type { Report } from '../../report/report';
import { narrowReport, type Observation, observeReport, unreadableCluster } from '../../report/track-changes';
import type { Subscription } from './subscriptions.store';
import type { LastPoll } from './watches.store';
import type { JobRun } from '../../queue/define';
import type { PollServices } from './services';

export interface Polled {
  readonly observation: Observation;
  readonly poll: LastPoll;
}

interface PollTarget {
  readonly cluster: ClusterConfig;
  /** Clusters that may also be read if they are the other side of a peering. */
  readonly otherSides: readonly string[];
  /** The poll before. */
  readonly before: Pick<LastPoll, 'run' | 'own' | 'startedMs'> | undefined;
}

type Services = Pick<PollServices, 'check' | 'reports'>;

/**
 * Observes a cluster: uses a recent run, or checks it. A run with an unchanged result replaces the one before it, so that
 * a subscription does not displace all other stored runs.
 */
export const pollCluster = async (
  subscription: Subscription,
  { cluster, otherSides, before }: PollTarget,
  { id, signal, check, reports }: Services & Pick<JobRun, 'id' | 'signal'>,
): Promise<Polled> => {
  const recent = await recentRun(subscription, before, reports);
  // A run for other people may show more than this channel may see, or less.
  if (recent !== undefined && hasSameSides(recent.report, { cluster, otherSides }))
    return describePoll(subscription, recent.report, recent.run, false);
  const checked = await check(cluster, {
    peer: subscription.peer,
    requestId: id,
    otherSides,
    signal,
    onProgress: () => undefined,
  });
  if (!checked.ok) {
    return unreadPoll(checked.error.message);
  }
  const report = checked.value;
  const own = before?.own === true ? before.run : null;
  const kept = own !== null && (await foundTheSame(own, report, reports)) ? own : id;
  if (!signal.aborted) await reports.save(kept, report);
  return describePoll(subscription, report, kept, true);
};

/** Makes the result of a poll that could not read the cluster. */
export const unreadPoll = (problem: string): Polled => {
  const at = Date.now();
  const poll = { at, summary: null, problem, run: null, own: false, startedMs: at };
  return { observation: unreadableCluster, poll };
};

const describePoll = (subscription: Subscription, report: Report, run: string, own: boolean): Polled => {
  const narrowed = narrowReport(report, subscription, matchesGlob);
  const { summary } = narrowed;
  const startedMs = Date.parse(report.startedAt);
  return {
    observation: observeReport(narrowed),
    poll: { at: Date.now(), summary, problem: null, run, own, startedMs },
  };
};

const hasSameSides = (
  { otherSides: read }: Report,
  { cluster, otherSides: visible }: Pick<PollTarget, 'cluster' | 'otherSides'>,
): boolean =>
  otherSidesOf(cluster)
    .filter((side) => visible.includes(side))
    .join() === read?.join();

/** Finds the newest run in the last half of the interval that this subscription has not used yet. */
const recentRun = async (
  { cluster, peer, everyMs }: Subscription,
  before: PollTarget['before'],
  reports: Services['reports'],
): Promise<{ readonly run: string; readonly report: Report } | undefined> => {
  const after = Math.max(Date.now() - everyMs / 2, before?.startedMs ?? 0);
  const runs = (await reports.history([cluster], newest)).get(cluster) ?? [];
  const found = runs.find((one) => one.peer === peer && Date.parse(one.at) > after);
  const report = found && (await reports.find(found.run));
  return found && report ? { run: found.run, report } : undefined;
};

const newest = 5;

const foundTheSame = async (run: string, report: Report, reports: Services['reports']): Promise<boolean> => {
  const before = await reports.find(run);
  if (before === undefined) return false;
  const { verdict, added, resolved, newlyHidden, newlyMuted } = diffReports(before, report);
  const statuses = ({ results }: Report): string => results.map(({ id, status }) => `${id} ${status}`).join();
  return (
    verdict.before === verdict.after &&
    [added, resolved, newlyHidden, newlyMuted].every((issues) => issues.length === 0) &&
    statuses(before) === statuses(report)
  );
};
