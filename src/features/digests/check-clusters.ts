import { showsOnly } from '../../config/other-sides';
import {
  type DigestRow,
  summarizeReport,
  type DigestBaseline,
  summarizeUnreadable,
} from '../../report/digest-row';
import type { RunSummary } from '../history';
import type { JobRun } from '../../queue/define';
import { isRedisAway } from '../../redis/is-redis-away';
import type { DigestServices } from './services';
import { shareSignal } from '../../share-signal';

/** Runs in the trend. */
const trendRuns = 14;

interface Checking {
  /** The run before it, for comparison. */
  readonly before: string | undefined;
  readonly clusters: readonly string[];
  /** Clusters that may also be read if they are the other side of a peering. */
  readonly otherSides: readonly string[];
}

type Context = Pick<DigestServices, 'config' | 'check' | 'reports' | 'digestRuns'> &
  Pick<JobRun, 'id' | 'signal' | 'log'>;

/**
 * Checks each cluster once, a few at a time, and stores the rows of the digest. Clusters that an earlier attempt at this
 * run has stored are not checked again. Returns the finished rows when the signal aborts.
 */
export const checkClusters = async (
  { before, clusters, otherSides }: Checking,
  context: Context,
): Promise<readonly DigestRow[]> => {
  const { id, signal, log, digestRuns: runs } = context;
  const known = await runs.rows(id);
  const rows = clusters.flatMap((cluster) => known.get(cluster) ?? []);
  const left = clusters.filter((cluster) => !known.has(cluster)).values();
  shareSignal(signal);
  const lane = async (): Promise<void> => {
    for (const cluster of left) {
      const baseline = before === undefined ? undefined : await runs.baseline(before, cluster);
      const result = await look(`${id}/${cluster}`, cluster, { before: baseline, otherSides }, context).catch(
        (error: unknown) => {
          // The cluster is not the cause: the run continues later.
          if (isRedisAway(error)) throw error;
          log.error({ cluster, err: error }, 'a cluster of a digest threw');
          return summarizeUnreadable(
            cluster,
            'internal error; the log of the bot has the details',
            baseline,
            [],
          );
        },
      );
      if (result === undefined) return;
      await runs.keep(id, result.row, result.baseline);
      rows.push(result.row);
    }
  };
  // Only Redis can make a lane fail. The others continue.
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return rows;
};

/** Maximum concurrent checks of this process for all its digests together. */
const lanes = 4;

/** Checks one cluster; undefined if the run was aborted meanwhile. */
const look = async (
  reportRun: string,
  cluster: string,
  {
    before: earlier,
    otherSides,
  }: Pick<Checking, 'otherSides'> & { readonly before: DigestBaseline | undefined },
  { id, signal, config, check, reports }: Context,
): Promise<{ readonly row: DigestRow; readonly baseline: DigestBaseline } | undefined> => {
  const found = config.clusters.get(cluster);
  // An earlier digest may have shown other sides that its owner may no longer see.
  const before = earlier !== undefined && showsOnly(earlier, found, otherSides) ? earlier : undefined;
  if (found === undefined) return summarizeUnreadable(cluster, 'it is not configured', before, []);
  const checked = await check(found, {
    peer: null,
    requestId: id,
    otherSides,
    signal,
    onProgress: () => undefined,
  });
  if (signal.aborted) return undefined;
  if (checked.ok) await reports.save(reportRun, checked.value);
  const history = (await reports.history([cluster], trendRuns)).get(cluster) ?? [];
  const trend = trendOf(history);
  if (!checked.ok)
    return summarizeUnreadable(cluster, checked.error.message, before, [...trend, null].slice(-trendRuns));
  return summarizeReport(checked.value, { run: reportRun, before, trend });
};

/** Errors and warnings of each run, oldest first; null for a run with an unknown verdict. */
const trendOf = (history: readonly RunSummary[]): readonly (number | null)[] =>
  history
    .filter(({ peer }) => peer === null)
    .map(({ verdict, findings }) => (verdict === 'unknown' ? null : findings.error + findings.warning))
    .reverse();
