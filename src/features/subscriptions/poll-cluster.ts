import { otherSidesOf } from '../../config/other-sides';
import type { ClusterConfig } from '../../config/config';
import { matchesGlob } from '../../config/match-glob';
import { diffReports } from '../../report/diff';
import type { Report } from '../../report/report';
import { narrowReport, type Observation, observeReport, unreadableCluster } from '../../report/track-changes';
import type { Subscription } from './subscriptions.store';
import type { LastPoll, Watch } from './watches.store';
import type { JobRun } from '../../queue/define';
import type { PollServices } from './services';

interface Polled {
  readonly observation: Observation;
  readonly poll: LastPoll;
}

interface PollTarget {
  readonly cluster: ClusterConfig;
  /** Clusters that may also be read if they are the other side of a peering. */
  readonly otherSides: readonly string[];
  readonly watch: Watch | undefined;
}

type Services = Pick<PollServices, 'check' | 'reports'>;

/**
 * Observes a cluster: uses a recent run, or checks it. A run with an unchanged result replaces the one before it, so that
 * a subscription does not displace all other stored runs.
 */
export const pollCluster = async (
  subscription: Subscription,
  { cluster, otherSides, watch }: PollTarget,
  { id, signal, check, reports }: Services & Pick<JobRun, 'id' | 'signal'>,
): Promise<Polled> => {
  const recent = await recentRun(subscription, watch, reports);
  // A run for other people may show more than this channel may see, or less.
  if (recent !== undefined && hasSameSides(recent.report, { cluster, otherSides }))
    return seen(subscription, recent.report, recent.run, false);
  const checked = await check(cluster, {
    peer: subscription.peer,
    requestId: id,
    otherSides,
    signal,
    onProgress: () => undefined,
  });
  if (!checked.ok) {
    const at = Date.now();
    const poll = { at, summary: null, problem: checked.error.message, run: null, own: false, startedMs: at };
    return { observation: unreadableCluster, poll };
  }
  const report = checked.value;
  const before = watch?.look.own === true ? watch.look.run : null;
  const kept = before !== null && (await foundTheSame(before, report, reports)) ? before : id;
  if (!signal.aborted) await reports.save(kept, report);
  return seen(subscription, report, kept, true);
};

const seen = (subscription: Subscription, report: Report, run: string, own: boolean): Polled => {
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
  watch: Watch | undefined,
  reports: Services['reports'],
): Promise<{ readonly run: string; readonly report: Report } | undefined> => {
  const after = Math.max(Date.now() - everyMs / 2, watch?.look.startedMs ?? 0);
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
