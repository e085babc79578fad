import type { ClusterConfig } from '../config/config';
import { showsOnly } from '../config/other-sides';
import { matchesGlob } from '../config/match-glob';
import { type Result, success } from '../result';
import { applyMutes, type Mute, withheldWords } from '../report/mutes';
import { applySeverities, type SeverityRule } from '../report/severities';
import type { RunReport } from '../report/cluster-state';
import { onlyOtherSides, type Isolated } from './isolated';
import type { SecondProbes } from '../snapshot/second-probes';
import type { PendingSince } from './pending.store';
import type { UnreadableCluster } from './unreadable';

export interface CheckOptions {
  readonly peer: string | null;
  readonly requestId: string;
  /** Clusters that may also be read if they are the other side of a peering: those that the readers may see. */
  readonly otherSides: readonly string[];
  readonly signal: AbortSignal;
  /** Called with the number of finished and planned reads. */
  readonly onProgress: (done: number, total: number) => void;
}

/** The report of a cluster, or the reason why there is none. */
export type ClusterReport = Result<RunReport, UnreadableCluster>;

/** Reads a cluster and checks it. Marks muted findings; does not store the report. Never rejects because of a cluster. */
export type RunCheck = (cluster: ClusterConfig, options: CheckOptions) => Promise<ClusterReport>;

export interface RunCheckParts {
  /** Reads and checks a cluster in a process of its own. */
  readonly isolated: Pick<Isolated, 'check'>;
  readonly pending: PendingSince;
  /** Asks the second vantage point of a cluster for its probes, and waits a limited time. Never rejects. */
  readonly probeFromSecond: (
    cluster: ClusterConfig,
    options: Pick<CheckOptions, 'requestId' | 'signal'>,
  ) => Promise<SecondProbes> | undefined;
  /** Returns the mutes of a cluster that are active at a time (ms since the epoch). */
  readonly mutesOf: (cluster: string, nowMs: number) => Promise<readonly Mute[]>;
  /** Adds to its findings what changed since the last stored run without them. */
  readonly addChanges: (report: RunReport) => Promise<RunReport>;
  /** Returns the severities that the clusters file has for a cluster. */
  readonly severitiesOf: (cluster: string) => readonly SeverityRule[];
}

/**
 * Creates the function that gathers and checks a cluster. It marks muted findings, so that every report that is shown
 * or stored has these marks.
 */
export const createRunCheck =
  ({ isolated, pending, probeFromSecond, mutesOf, addChanges, severitiesOf }: RunCheckParts): RunCheck =>
  async (cluster, options) => {
    // First, so that both probe at the same time.
    const second = probeFromSecond(cluster, options);
    const pendingSince = await pending.read(cluster.name);
    const checked = await isolated.check(cluster, { ...options, pendingSince, second });
    if (!checked.ok) return checked;
    const { report, state, pendingIds, takenAt } = checked.value;
    if (pendingIds !== null) await pending.note(cluster.name, pendingIds, takenAt);
    const now = Date.now();
    const otherSides = Object.values(onlyOtherSides(cluster, options.otherSides).peers);
    const shown = await addChanges({ ...report, otherSides: [...new Set(otherSides)].sort(), state });
    // The reason of a mute or a severity may be about another side than those that this report shows.
    const readable = <
      T extends { readonly reason: string; readonly otherSides?: readonly string[] | undefined },
    >(
      rule: T,
    ): T => (showsOnly(rule, cluster, shown.otherSides ?? []) ? rule : { ...rule, reason: withheldWords });
    const severities = severitiesOf(cluster.name).map(readable);
    const mutes = (await mutesOf(cluster.name, now)).map(readable);
    return success(applyMutes(applySeverities(shown, severities, now, matchesGlob), mutes, now, matchesGlob));
  };
