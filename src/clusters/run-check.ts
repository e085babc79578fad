import type { Logger } from 'pino';
import { runChecks } from '../checks/runner';
import type { ClusterConfig, Config } from '../config/config';
import { matchesGlob } from '../config/match-glob';
import type { ConsulErrorCause, ConsulErrorKind } from '../consul/answer';
import { failure, type Result, success } from '../result';
import { applyMutes, type Mute } from '../report/mutes';
import type { Report } from '../report/report';
import type { Sections, Snapshot, HiddenReason } from '../snapshot/snapshot';
import type { PendingSince } from './pending.store';
import type { createClients } from './clients';
import { gatherCluster } from './read-cluster';

interface CheckOptions {
  readonly peer: string | null;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Called with the number of finished and planned reads. */
  readonly onProgress: (done: number, total: number) => void;
}

/** The reason why nothing of a cluster could be read. */
export interface UnreadableCluster {
  readonly cause: ConsulErrorKind;
  readonly message: string;
  /** True if the cause can pass by itself, so that a retry is worthwhile. */
  readonly temporary: boolean;
}

/** The report of a cluster, or the reason why there is none. */
export type ClusterReport = Result<Report, UnreadableCluster>;

/** Reads a cluster and checks it. Marks muted findings; does not store the report. */
export type RunCheck = (cluster: ClusterConfig, options: CheckOptions) => Promise<ClusterReport>;

export interface RunCheckParts {
  readonly config: Config;
  readonly clients: ReturnType<typeof createClients>;
  readonly pending: PendingSince;
  /** Returns the mutes of a cluster that are active at a time (ms since the epoch). */
  readonly mutesOf: (cluster: string, nowMs: number) => Promise<readonly Mute[]>;
  readonly log: Logger;
}

/**
 * Creates the function that checks a cluster: it gathers a snapshot, runs all checks, and marks the findings that are
 * muted, so that every report that is shown or stored carries these marks.
 */
export const createRunCheck =
  ({ config, clients, pending, mutesOf, log }: RunCheckParts): RunCheck =>
  async (cluster, { peer, requestId, signal, onProgress }) => {
    const read = await gatherCluster({
      config,
      clients,
      cluster,
      peer,
      pendingSince: { visibility: 'visible', value: await pending.read(cluster.name) },
      signal,
      onProgress,
    });
    if (!read.ok) return failure({ cause: 'forbidden', message: read.error, temporary: false });
    const snapshot = read.value;
    const unreadable = whyUnreadable(snapshot);
    if (unreadable) return failure(unreadable);
    await notePending(cluster.name, snapshot, pending);
    const onBug = (id: string, error: unknown): void =>
      log.error({ request: requestId, check: id, err: error }, 'a check threw');
    const report = runChecks(snapshot, { ...(peer !== null && { peer }), onBug });
    const now = Date.now();
    return success(applyMutes(report, await mutesOf(cluster.name, now), now, matchesGlob));
  };

/** Sections that are visible in part or whole if the cluster answers at all. */
const basicSections: readonly (keyof Sections)[] = [
  'agent',
  'leader',
  'servers',
  'peerings',
  'caRoots',
  'serviceNames',
];

/** Explains why nothing could be read; undefined if something was. */
export const whyUnreadable = ({ sections }: Snapshot): UnreadableCluster | undefined => {
  if (basicSections.some((name) => sections[name].visibility !== 'hidden')) return undefined;
  const { agent } = sections;
  const missing = agent.visibility === 'hidden' ? agent.reason : undefined;
  const cause = causeOf(missing?.kind);
  return {
    cause,
    message: missing?.message ?? '',
    temporary: temporaryKinds.has(cause) && !lastingCauses.has(missing?.cause),
  };
};

const causeOf = (kind: HiddenReason['kind'] | undefined): ConsulErrorKind =>
  kind === undefined || kind === 'anonymous' || kind === 'unsupported' || kind === 'not-gathered'
    ? 'forbidden'
    : kind;

/** Kinds of failure that can pass by themselves … */
const temporaryKinds: ReadonlySet<ConsulErrorKind> = new Set([
  'unreachable',
  'timeout',
  'rate-limited',
  'server',
]);

/** … except with one of these causes, which need a fix. */
const lastingCauses: ReadonlySet<ConsulErrorCause | undefined> = new Set<ConsulErrorCause | undefined>([
  'tls',
  'plain-http',
  'no-datacenter',
  'enterprise-only',
]);

const notePending = async (cluster: string, snapshot: Snapshot, pending: PendingSince): Promise<void> => {
  const { peerings } = snapshot.sections;
  if (peerings.visibility !== 'visible') return;
  const ids = peerings.value.list.filter(({ State }) => State === 'PENDING').map(({ ID }) => ID);
  await pending.note(cluster, ids, snapshot.takenAt);
};
