import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { stateOf } from '../checks/changes/state-of';
import { findImpact } from '../checks/impact';
import { applyOverlay, overlayChangeLabel, overlaySection, parseOverlay } from '../checks/overlay';
import { runChecks } from '../checks/runner';
import { traceService } from '../checks/trace';
import { budget } from '../config/budget';
import type { RequestObservation } from '../consul/send-request';
import { matchesGlob } from '../config/match-glob';
import { compareChange } from '../report/compare-change';
import { limitReport } from '../report/limit-report';
import { limitState } from '../report/limit-state';
import { applyMutes } from '../report/mutes';
import type { Report } from '../report/report';
import { applySeverities } from '../report/severities';
import { failure, type Result, success } from '../result';
import { addSecondProbes, type SecondProbes } from '../snapshot/second-probes';
import type { Snapshot } from '../snapshot/snapshot';
import { createClients } from './clients';
import type {
  AclAnswer,
  AclJob,
  CheckAnswer,
  CheckedCluster,
  CheckJob,
  FromProcess,
  ImpactAnswer,
  PeeringsAnswer,
  ProbeAnswer,
  ProcessJob,
  SecondMessage,
  TraceAnswer,
  WhatIfAnswer,
  WhatIfJob,
} from './process-messages';
import { listPeerings } from './list-peerings';
import { readClusterAcl } from './read-acl';
import { type GatherParts, gatherCluster } from './read-cluster';
import { type UnreadableCluster, whyUnreadable } from './unreadable';
import { warmUp } from './warm-up';

/**
 * A process that reads and checks one cluster at a time, for the bot that started it. A huge or hostile cluster affects
 * only this process. A thread would not do: its memory limit does not hold, because an allocation far beyond it ends the
 * process with all its threads.
 */

const compress = promisify(gzip);

const tell = (message: FromProcess): void => void process.send?.(message);

/** Interval in ms at which progress and calls are sent, so that there are few messages. */
const flushMs = 200;

const reportBug = (where: string, error: unknown): void => {
  const { name, stack = '' } = error instanceof Error ? error : new Error('not an error');
  // Without the message, which may quote the cluster.
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  tell({ kind: 'bug', bug: { where, name, stack: frames.slice(0, 20).join('\n') } });
};

/** Idle time after the start in ms, after which a process warms up. */
const warmUpAfterMs = 20;

let calls: RequestObservation[] = [];
let progress: { readonly done: number; readonly total: number } | undefined;

const flush = (): void => {
  if (calls.length > 0) tell({ kind: 'called', calls });
  if (progress !== undefined) tell({ kind: 'progress', ...progress });
  calls = [];
  progress = undefined;
};

const onProgress = (done: number, total: number): void => {
  progress = { done, total };
};

/** Holds only the secrets of the current job. */
const environment: Record<string, string | undefined> = {};
const connections = Number(process.argv[2]) || 32;
const clients = createClients(environment, (call) => calls.push(call), 'read', { connections });

const setEnvironment = (next: ProcessJob['environment']): void => {
  for (const name of Object.keys(environment)) delete environment[name];
  Object.assign(environment, next);
};

// The bot ends a job by killing this process.
const { signal } = new AbortController();

type GatheringJob = Exclude<ProcessJob, { readonly kind: 'acl' | 'peerings' | 'what-if' | 'probe' }>;

/** Gathers a snapshot and answers a question about it. */
const answerFrom = async <T>(
  { cluster, others }: GatheringJob,
  { peer, pendingSince, probe }: Pick<GatherParts, 'peer' | 'pendingSince' | 'probe'>,
  question: (snapshot: Snapshot) => T | Promise<T>,
): Promise<Result<T, UnreadableCluster>> => {
  const read = await gatherCluster({
    config: { clusters: new Map(others.map((other) => [other.name, other])) },
    clients,
    cluster,
    peer,
    pendingSince,
    probe,
    signal,
    onProgress,
    onBug: reportBug,
  });
  if (!read.ok) return failure({ cause: 'forbidden', message: read.error, temporary: false });
  const unreadable = whyUnreadable(read.value);
  return unreadable ? failure(unreadable) : success(await question(read.value));
};

/** Takes the answer of the second vantage point to the job that waits for it. */
let takeSecond: ((second: SecondProbes) => void) | undefined;

/** Adds what the second vantage point found, for which the bot waits a limited time. */
const withSecond = async (
  snapshot: Snapshot,
  arrives: Promise<SecondProbes> | undefined,
): Promise<Snapshot> => {
  const { sections } = snapshot;
  if (arrives === undefined || sections.probes.visibility === 'hidden') return snapshot;
  return {
    ...snapshot,
    sections: { ...sections, probes: addSecondProbes(sections.probes, await arrives) },
  };
};

const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** Checks a snapshot, and returns the parts of the answer, each limited. */
const conclude = (snapshot: Snapshot, peer: string | null): CheckedCluster => {
  const report = runChecks(snapshot, { ...(peer !== null && { peer }), onBug: reportBug });
  return {
    report: limitReport(report, budget.reportBytes),
    state: limitState(stateOf(snapshot), budget.stateCharacters, shortHash),
    pendingIds: pendingIds(snapshot),
    takenAt: snapshot.takenAt,
  };
};

const check = (job: CheckJob): Promise<CheckAnswer> => {
  const { peer } = job;
  const pendingSince = { visibility: 'visible', value: job.pendingSince } as const;
  // It may arrive before the cluster is read.
  const second = job.awaitsSecond
    ? new Promise<SecondProbes>((resolve) => {
        takeSecond = resolve;
      })
    : undefined;
  return answerFrom(job, { peer, pendingSince, probe: true }, async (gathered) => {
    const snapshot = await withSecond(gathered, second);
    return conclude(snapshot, peer);
  });
};

const paths = {
  peer: null,
  pendingSince: {
    visibility: 'hidden',
    reason: { kind: 'not-gathered', endpoint: '', message: 'Paths do not depend on it' },
  },
} as const;

/** Refuses an answer that is too large: a list of paths grows with the cluster. */
const limitAnswer = async <T>(
  pending: Promise<Result<Result<T>, UnreadableCluster>>,
): Promise<Result<Result<T>, UnreadableCluster>> => {
  const answer = await pending;
  return JSON.stringify(answer).length <= budget.reportBytes
    ? answer
    : failure({ cause: 'too-large', message: 'the answer is too large to show', temporary: false });
};

/** Maximum pending peerings that are remembered. */
const maxPending = 1000;

const pendingIds = ({ sections: { peerings } }: Snapshot): readonly string[] | null =>
  peerings.visibility === 'visible'
    ? peerings.value.list
        .filter(({ State }) => State === 'PENDING')
        .map(({ ID }) => ID.slice(0, 64))
        .slice(0, maxPending)
    : null;

const inspectAcl = async ({ cluster, accessor }: AclJob): Promise<AclAnswer> => {
  const read = await readClusterAcl({ clients, cluster, accessor, signal, onProgress, onBug: reportBug });
  if (!read.ok) return read;
  const { report } = read.value;
  if (JSON.stringify(report).length <= budget.reportBytes) return success({ report });
  const message = 'its tokens have more rules than one answer can show';
  return failure({ kind: 'cannot-read', cause: 'too-large', message, temporary: false });
};

/** Checks a cluster as it is and as it would be, which may need more of it read. */
const foretell = async ({
  cluster,
  others,
  files,
  pendingSince,
  severities,
  mutes,
}: WhatIfJob): Promise<WhatIfAnswer> => {
  const overlay = parseOverlay(files);
  if (!overlay.ok) return success(overlay);
  const { changes, ignored } = overlay.value;
  const gather = (more: Partial<GatherParts>) =>
    gatherCluster({
      config: { clusters: new Map(others.map((other) => [other.name, other])) },
      clients,
      cluster,
      peer: null,
      pendingSince: { visibility: 'visible', value: pendingSince },
      signal,
      onProgress: () => undefined,
      onBug: reportBug,
      ...more,
    });
  const [before, basis] = await Promise.all([
    gather({ onProgress }),
    gather({ overlay: (name, section, sections) => overlaySection(name, section, changes, sections) }),
  ]);
  if (!before.ok) return failure({ cause: 'forbidden', message: before.error, temporary: false });
  if (!basis.ok) return failure({ cause: 'forbidden', message: basis.error, temporary: false });
  const unreadable = whyUnreadable(before.value);
  if (unreadable) return failure(unreadable);
  const now = Date.now();
  const run = (snapshot: Snapshot): Report =>
    applyMutes(
      applySeverities(runChecks(snapshot, { onBug: reportBug }), severities, now, matchesGlob),
      mutes,
      now,
      matchesGlob,
    );
  const reports = {
    before: run(before.value),
    after: run(applyOverlay(before.value, basis.value, changes)),
  };
  const { unchanged, ...effect } = compareChange(reports.before, reports.after);
  return success(
    success({
      cluster: cluster.name,
      changes: changes.map(overlayChangeLabel),
      ignored,
      verdict: { before: reports.before.verdict, after: reports.after.verdict },
      effect,
      unchanged: unchanged.length,
      startedAt: before.value.takenAt,
      durationMs: before.value.durationMs,
    }),
  );
};

const probe = async ({ cluster }: ProcessJob): Promise<ProbeAnswer> => {
  const read = await gatherCluster({
    config: { clusters: new Map() },
    clients,
    cluster,
    ...paths,
    probe: true,
    only: ['probes'],
    signal,
    onProgress,
    onBug: reportBug,
  });
  if (!read.ok) return failure({ cause: 'forbidden', message: read.error, temporary: false });
  const { probes } = read.value.sections;
  if (probes.visibility === 'hidden')
    return failure({ cause: 'unreachable', message: probes.reason.message, temporary: true });
  return success(probes.value.map(({ address, outcome }) => ({ address, outcome })));
};

const answerOf = (
  job: ProcessJob,
): Promise<
  CheckAnswer | AclAnswer | TraceAnswer | ImpactAnswer | PeeringsAnswer | WhatIfAnswer | ProbeAnswer
> => {
  if (job.kind === 'what-if') return limitAnswer(foretell(job));
  if (job.kind === 'check') return check(job);
  if (job.kind === 'acl') return inspectAcl(job);
  if (job.kind === 'probe') return probe(job);
  if (job.kind === 'peerings') return listPeerings(job.cluster, { clients, signal });
  return job.kind === 'trace'
    ? limitAnswer(answerFrom(job, paths, (snapshot) => traceService(snapshot, job.query)))
    : limitAnswer(answerFrom(job, paths, (snapshot) => findImpact(snapshot, job.part)));
};

const run = async (job: ProcessJob): Promise<void> => {
  const timer = setInterval(flush, flushMs);
  let answer: Uint8Array | null = null;
  try {
    setEnvironment(job.environment);
    answer = await compress(JSON.stringify(await answerOf(job)));
  } catch (error) {
    reportBug(job.kind, error);
  } finally {
    clearInterval(timer);
    setEnvironment({});
    takeSecond = undefined;
    flush();
    tell({ kind: 'done', answer, rssBytes: process.memoryUsage.rss() });
  }
};

try {
  // If memory runs out, the kernel ends this process rather than the bot.
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // Not Linux, or not allowed.
}
/** Ends the warm-up: a job does not wait for it. */
const busy = new AbortController();

process.on('message', (message: ProcessJob | SecondMessage) => {
  if (message.kind === 'second') takeSecond?.(message.second);
  else {
    busy.abort();
    void run(message);
  }
});

// A job for which this process was started is here by then.
setTimeout(() => {
  if (busy.signal.aborted) return;
  const checkAndCompress = (snapshot: Snapshot): void => {
    void compress(JSON.stringify(success(conclude(snapshot, null))));
  };
  void warmUp(checkAndCompress, busy.signal)
    // If it fails, the first job takes longer.
    .catch(() => undefined)
    // Otherwise V8 collects what is left of the warm-up during the first job.
    .finally(() => busy.signal.aborted || globalThis.gc?.());
}, warmUpAfterMs);
process.once('disconnect', () => process.exit());
