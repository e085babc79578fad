import type { Logger } from 'pino';
import { runChecks } from '../checks/runner';
import type { ClusterConfig, Config } from '../config/config';
import { matchesGlob } from '../config/glob';
import type { ConsulErrorCause, ConsulErrorKind } from '../consul/answer';
import { applyMutes, type Mute } from '../report/mutes';
import type { Report } from '../report/report';
import type { Sections, Snapshot, Unseen } from '../snapshot/snapshot';
import type { PendingSince } from './pending.store';
import type { createClients } from './clients';
import { gatherCluster } from './read-cluster';

interface CheckOptions {
  readonly peer: string | null;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Hears how many reads are done and how many are planned. */
  readonly onProgress: (done: number, total: number) => void;
}

/** A report, or why the cluster could not be read at all. */
export type CheckResult =
  | { readonly ok: true; readonly report: Report }
  | {
      readonly ok: false;
      readonly cause: ConsulErrorKind;
      readonly message: string;
      /** The cause can pass by itself, so that a retry is worthwhile. */
      readonly passes: boolean;
    };

/** Reads a cluster and checks it. Marks muted findings; does not store the report. */
export type RunCheck = (cluster: ClusterConfig, options: CheckOptions) => Promise<CheckResult>;

export interface RunCheckParts {
  readonly config: Config;
  readonly clients: ReturnType<typeof createClients>;
  readonly pending: PendingSince;
  /** Returns the mutes of a cluster that count at a moment (ms since the epoch). */
  readonly mutesOf: (cluster: string, nowMs: number) => Promise<readonly Mute[]>;
  readonly log: Logger;
}

/**
 * Reads a cluster and the configured other sides of its peerings, runs all checks over what was seen, and marks the
 * findings that are muted: whoever asks for a check gets and stores the report with these marks.
 */
export const createRunCheck =
  ({ config, clients, pending, mutesOf, log }: RunCheckParts): RunCheck =>
  async (cluster, { peer, requestId, signal, onProgress }) => {
    const read = await gatherCluster({
      config,
      clients,
      cluster,
      peer,
      pendingSince: { seen: 'all', value: await pending.read(cluster.name) },
      signal,
      onProgress,
    });
    if (!read.ok) return { ok: false, cause: 'forbidden', message: read.message, passes: false };
    const { snapshot } = read;
    const unreadable = whyUnreadable(snapshot);
    if (unreadable) return unreadable;
    await notePending(cluster.name, snapshot, pending);
    const onBug = (id: string, error: unknown): void =>
      log.error({ request: requestId, check: id, err: error }, 'a check threw');
    const report = runChecks(snapshot, { ...(peer === null ? {} : { peer }), onBug });
    const now = Date.now();
    return { ok: true, report: applyMutes(report, await mutesOf(cluster.name, now), now, matchesGlob) };
  };

/** What a cluster that answers at all shows something of. */
const basics: readonly (keyof Sections)[] = [
  'agent',
  'leader',
  'servers',
  'peerings',
  'caRoots',
  'serviceNames',
];

/** Why nothing at all could be read, or undefined where something was. */
export const whyUnreadable = ({ sections }: Snapshot): Extract<CheckResult, { ok: false }> | undefined => {
  if (basics.some((name) => sections[name].seen !== 'none')) return undefined;
  const { agent } = sections;
  const missing = agent.seen === 'none' ? agent.missing : undefined;
  const cause = causeOf(missing?.kind);
  return {
    ok: false,
    cause,
    message: missing?.message ?? '',
    passes: passing.has(cause) && !lasting.has(missing?.cause),
  };
};

const causeOf = (kind: Unseen['kind'] | undefined): ConsulErrorKind =>
  kind === undefined || kind === 'anonymous' || kind === 'unsupported' || kind === 'not-gathered'
    ? 'forbidden'
    : kind;

/** Kinds of failure that can pass by themselves … */
const passing: ReadonlySet<ConsulErrorKind> = new Set(['unreachable', 'timeout', 'rate-limited', 'server']);

/** … unless it is one of these causes, which somebody has to mend. */
const lasting: ReadonlySet<ConsulErrorCause | undefined> = new Set<ConsulErrorCause | undefined>([
  'tls',
  'plain-http',
  'no-datacenter',
  'enterprise-only',
]);

const notePending = async (cluster: string, snapshot: Snapshot, pending: PendingSince): Promise<void> => {
  const { peerings } = snapshot.sections;
  if (peerings.seen !== 'all') return;
  const ids = peerings.value.list.filter(({ State }) => State === 'PENDING').map(({ ID }) => ID);
  await pending.note(cluster, ids, snapshot.takenAt);
};
