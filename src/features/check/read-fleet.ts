import { readInLane } from '../../clusters/fleet-lane';
import type { ClusterReport } from '../../clusters/run-check';
import type { ClusterConfig } from '../../config/config';
import { otherSidesOf, showsOnly } from '../../config/other-sides';
import { isRedisAway } from '../../redis/is-redis-away';
import { type DigestBaseline, summarizeReport, summarizeUnreadable } from '../../report/digest-row';
import type { Verdict } from '../../report/report';
import type { RunSummary } from '../history';
import { observeVerdict } from '../incidents';
import type { FleetLine } from './fleet-line';
import type { FleetContext } from './fleet-request';
import { shareSignal } from '../../share-signal';

/** Stored runs that tell since when a verdict has been the same. */
const runsBefore = 30;

type Context = Pick<
  FleetContext,
  | 'id'
  | 'signal'
  | 'log'
  | 'config'
  | 'incidents'
  | 'check'
  | 'reports'
  | 'clusterSlots'
  | 'reach'
  | 'fleetLanes'
  | 'fleetLines'
>;

/**
 * Reads and checks clusters, and returns the row of each. A cluster that cannot be read is a row. Clusters that an
 * earlier attempt at this run has finished are not read again. Returns the finished rows when the signal aborts.
 *
 * @param visible clusters that the requester may see: their other sides are read too
 * @param onDone called with the number of finished rows
 */
export const readFleet = async (
  clusters: readonly ClusterConfig[],
  { visible, onDone }: { readonly visible: readonly string[]; readonly onDone: (done: number) => void },
  context: Context,
): Promise<readonly FleetLine[]> => {
  const { id, signal, log, fleetLines } = context;
  const known = await fleetLines.all(id);
  const lines = clusters.flatMap(({ name }) => known.get(name) ?? []);
  onDone(lines.length);
  shareSignal(signal);
  const readOne = async (cluster: ClusterConfig): Promise<void> => {
    const line = await readLine(cluster, visible, context).catch((error: unknown) => {
      // The cluster is not the cause: the run continues later.
      if (isRedisAway(error)) throw error;
      log.error({ cluster: cluster.name, err: error }, 'a cluster of several threw');
      return unreadLine(cluster, 'internal error; the log of the bot has the details', nothingBefore, 0);
    });
    if (line === undefined) return;
    await fleetLines.keep(id, line);
    lines.push(line);
    onDone(lines.length);
  };
  const left = clusters.filter(({ name }) => !known.has(name));
  const ended = await Promise.allSettled(left.map(readOne));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return lines;
};

/** The stored runs of a cluster before this one. */
interface Before {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  /** Absent if there is no run, or if it shows other sides that the requester may not see. */
  readonly baseline: DigestBaseline | undefined;
}

const nothingBefore: Before = { runs: [], baseline: undefined };

/** Reads one cluster; undefined if the run was aborted meanwhile. */
const readLine = async (
  cluster: ClusterConfig,
  visible: readonly string[],
  context: Context,
): Promise<FleetLine | undefined> => {
  const { id, signal, reports, reach } = context;
  const run = `${id}/${cluster.name}`;
  const otherSides = otherSidesOf(cluster).filter((side) => visible.includes(side));
  const startedMs = Date.now();
  const reached = await reach(cluster, signal);
  const reachedMs = Date.now() - startedMs;
  if (signal.aborted) return undefined;
  const before = await findBefore(cluster, run, otherSides, context);
  if (!reached.ok) return unreadLine(cluster, reached.error.message, before, reachedMs);
  const checked = await checkInLane(cluster, otherSides, context);
  if (checked === undefined || signal.aborted) return undefined;
  const { report, tookMs } = checked;
  if (!report.ok) return unreadLine(cluster, report.error.message, before, tookMs);
  await reports.save(run, report.value);
  const { verdict } = report.value;
  await observeVerdict(cluster, { verdict, peer: null, otherSides }, context);
  const { row } = summarizeReport(report.value, { run, before: before.baseline, trend: [] });
  return { ...row, ...agesOf(report.value.verdict, before), tookMs };
};

const findBefore = async (
  cluster: ClusterConfig,
  run: string,
  otherSides: readonly string[],
  { reports }: Pick<Context, 'reports'>,
): Promise<Before> => {
  const history = (await reports.history([cluster.name], runsBefore)).get(cluster.name) ?? [];
  // An attempt that was interrupted may have stored its own run.
  const runs = history.filter((one) => one.peer === null && one.run !== run);
  const [newest] = runs;
  const report = newest && (await reports.find(newest.run));
  if (newest === undefined || report === undefined || !showsOnly(report, cluster, otherSides))
    return { runs, baseline: undefined };
  const { baseline } = summarizeReport(report, { run: newest.run, before: undefined, trend: [] });
  return { runs, baseline };
};

/** Finds since when the verdict has been the same, as far as runs are stored. */
const agesOf = (verdict: Verdict, { runs }: Before): Pick<FleetLine, 'since' | 'lastRead'> => {
  const changed = runs.findIndex((one) => one.verdict !== verdict);
  const same = changed === -1 ? runs : runs.slice(0, changed);
  return { since: same.at(-1)?.at ?? null, lastRead: runs[0]?.at ?? null };
};

const unreadLine = (
  { name }: ClusterConfig,
  reason: string,
  { runs, baseline }: Before,
  tookMs: number,
): FleetLine => ({
  ...summarizeUnreadable(name, reason, baseline, []).row,
  since: null,
  lastRead: runs[0]?.at ?? null,
  tookMs,
});

/** Checks a cluster in a lane; undefined if the run was aborted before. */
const checkInLane = (
  cluster: ClusterConfig,
  otherSides: readonly string[],
  context: Context,
): Promise<{ readonly report: ClusterReport; readonly tookMs: number } | undefined> =>
  readInLane(cluster, context, async () => {
    const { id, signal, check } = context;
    const startedMs = Date.now();
    const options = { peer: null, requestId: id, otherSides, signal, onProgress: () => undefined };
    const report = await check(cluster, options);
    return { report, tookMs: Date.now() - startedMs };
  });
