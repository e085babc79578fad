import { z } from 'zod';
import type { PeerSummary } from '../../report/peer-summary';
import type { RunReport } from '../../report/cluster-state';
import type { Report } from '../../report/report';
import { keys } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { compressJson, expandJson } from '../../redis/compressed-json';
import type { RecordLocation, Sealer } from '../../signing/seal-record';
import { omitUndefined } from '../../omit-undefined';

const Verdicts = z.enum(['ready', 'warnings', 'not-ready', 'unknown']);
const Findings = z.object({
  error: z.number(),
  warning: z.number(),
  info: z.number(),
  /** Findings that did not count at the time of the check; absent if there were none. */
  muted: z.number().optional(),
});

const StoredPeer: z.ZodType<PeerSummary> = z.object({
  name: z.string(),
  state: z.string(),
  lastHeardAt: z.string().optional(),
  importedServices: z.number().optional(),
  exportedServices: z.number().optional(),
  caExpiresAt: z.string().optional(),
  paths: z.object({ pass: z.number(), fail: z.number(), unknown: z.number() }).optional(),
  calls: z.array(z.object({ service: z.string(), destination: z.string() })).optional(),
});

/** Result of a cluster's newest whole check. */
const Latest = z.object({
  run: z.string(),
  verdict: Verdicts,
  at: z.string(),
  /** Number of findings by severity, and of muted ones; absent in data of older versions. */
  findings: Findings.optional(),
  /** Its peerings and their states; absent in data of older versions. */
  peers: z.array(StoredPeer).optional(),
  /** Names of its mesh gateways; absent if it has none, and in data of older versions. */
  gateways: z.array(z.string()).optional(),
});
export type Latest = z.infer<typeof Latest>;

/** Summary of a stored run, so that lists and trends need not load whole reports. */
const RunSummary = z.object({
  run: z.string(),
  /** When it began (ISO 8601). */
  at: z.string(),
  verdict: Verdicts,
  /** Number of findings by severity, and of muted ones. */
  findings: Findings,
  /** The peer that it was narrowed to; null for a check of the whole cluster. */
  peer: z.string().nullable(),
  durationMs: z.number(),
});
export type RunSummary = z.infer<typeof RunSummary>;

/** Limits of the stored reports of each cluster. */
export interface ReportRetention {
  readonly reports: number;
  readonly maxAgeMs: number;
}

export interface Reports {
  /** Stores the report under its run and deletes the cluster's oldest. Saving a run again replaces it. */
  readonly save: (run: string, report: RunReport) => Promise<void>;
  /** Returns the report of a run; undefined if it has expired or never existed. */
  readonly find: (run: string) => Promise<RunReport | undefined>;
  /** The newest `limit` stored runs of each cluster, newest first, also of single peers; without clusters that have none. */
  readonly history: (
    clusters: readonly string[],
    limit: number,
  ) => Promise<ReadonlyMap<string, readonly RunSummary[]>>;
  /** The newest verdicts, of those clusters that were ever checked. */
  readonly latest: (clusters: readonly string[]) => Promise<ReadonlyMap<string, Latest>>;
}

/** Maximum peers that are stored with the newest verdict, beginning with those that are not ACTIVE. */
const maxPeers = 200;

/** Maximum mesh gateways that are stored with the newest verdict. */
const maxGateways = 100;

/**
 * Reports, compressed. They hold no secrets by contract of `Report`. The keys of one report and of its cluster's
 * lists may lie on different nodes of a Redis Cluster, so no step needs two of them at once: what a crash leaves
 * between two steps expires by itself, or is deleted after the next check of the cluster.
 */
export const createReports = (redis: RedisClient, sealer: Sealer, keeping: ReportRetention): Reports => {
  const reportAt = (run: string): RecordLocation => ({ kind: 'report', key: keys.report(run) });
  const summaryAt = (cluster: string, run: string): RecordLocation => ({
    kind: 'run-summary',
    key: keys.runsOf(cluster),
    field: run,
  });
  const latestAt = (cluster: string): RecordLocation => ({
    kind: 'latest',
    key: keys.latest,
    field: cluster,
  });

  const find: Reports['find'] = async (run) => {
    const stored = await redis.getBuffer(keys.report(run));
    const bytes = stored === null ? undefined : sealer.openBytes(reportAt(run), stored);
    return bytes === undefined ? undefined : expandJson<RunReport>(bytes);
  };

  const noteSummary = async (run: string, report: Report): Promise<RunSummary> => {
    const summary = summaryOf(run, report);
    const cluster = report.cluster.name;
    const runs = keys.runsOf(cluster);
    await redis.hset(runs, run, sealer.seal(summaryAt(cluster, run), JSON.stringify(summary)));
    await redis.pexpire(runs, keeping.maxAgeMs);
    return summary;
  };

  /** Deletes the summaries of runs that are no longer in the list. Summaries are read first: a new run is in both. */
  const tidySummaries = async (cluster: string): Promise<void> => {
    const summaries = await redis.hkeys(keys.runsOf(cluster));
    const kept = new Set(await redis.zrange(keys.reportsOf(cluster), '0', '-1'));
    const gone = summaries.filter((run) => !kept.has(run));
    if (gone.length > 0) await redis.hdel(keys.runsOf(cluster), ...gone);
  };

  /** Returns the summary of a stored run; made from its report if there is no genuine one. */
  const summarised = async (
    cluster: string,
    run: string,
    stored: string | null | undefined,
  ): Promise<RunSummary | undefined> => {
    const text = stored ? sealer.open(summaryAt(cluster, run), stored) : undefined;
    if (text !== undefined) return RunSummary.parse(JSON.parse(text));
    const report = await find(run);
    // The list of a cluster's runs is not sealed, so it may name a run of another cluster.
    return report?.cluster.name === cluster ? noteSummary(run, report) : undefined;
  };

  const historyOf = async (cluster: string, limit: number): Promise<readonly RunSummary[]> => {
    const runs = await redis.zrevrange(keys.reportsOf(cluster), 0, limit - 1);
    if (runs.length === 0) return [];
    const texts = await redis.hmget(keys.runsOf(cluster), ...runs);
    const summaries = await Promise.all(runs.map((run, index) => summarised(cluster, run, texts[index])));
    return summaries.filter((summary) => summary !== undefined);
  };

  return {
    save: async (run, report) => {
      const cluster = report.cluster.name;
      const list = keys.reportsOf(cluster);
      const startedMs = Date.parse(report.startedAt);
      const bytes = sealer.sealBytes(reportAt(run), await compressJson(report));
      await redis.set(keys.report(run), bytes, 'PX', keeping.maxAgeMs);
      await redis.zadd(list, startedMs, run);
      await redis.zremrangebyscore(list, '-inf', startedMs - keeping.maxAgeMs);
      const tooMany = await redis.zrange(list, '0', String(-(keeping.reports + 1)));
      for (const old of tooMany) await redis.del(keys.report(old));
      if (tooMany.length > 0) await redis.zrem(list, ...tooMany);
      await redis.pexpire(list, keeping.maxAgeMs);
      await noteSummary(run, report);
      await tidySummaries(cluster);
      // A check that was narrowed to one peer says nothing about the others.
      if (report.peer === null) {
        const text = JSON.stringify(latestOf(run, report));
        await redis.hset(keys.latest, cluster, sealer.seal(latestAt(cluster), text));
      }
    },
    find,
    history: async (clusters, limit) => {
      const histories = await Promise.all(
        clusters.map(async (cluster) => [cluster, await historyOf(cluster, limit)] as const),
      );
      return new Map(histories.filter(([, runs]) => runs.length > 0));
    },
    latest: async (clusters) => {
      if (clusters.length === 0) return new Map();
      const texts = await redis.hmget(keys.latest, ...clusters);
      return new Map(
        clusters.flatMap((cluster, index): [string, Latest][] => {
          const stored = texts[index];
          const text = stored ? sealer.open(latestAt(cluster), stored) : undefined;
          return text ? [[cluster, Latest.parse(JSON.parse(text))]] : [];
        }),
      );
    },
  };
};

const summaryOf = (run: string, report: Report): RunSummary => ({
  run,
  at: report.startedAt,
  verdict: report.verdict,
  findings: countFindings(report),
  peer: report.peer,
  durationMs: report.durationMs,
});

/** Names the mesh gateways. A row of the state stands for a gateway on one node. */
const gatewaysIn = ({ state }: RunReport): readonly string[] => [
  ...new Set(
    (state?.rows ?? [])
      .filter(({ kind }) => kind === 'mesh-gateway')
      .map(({ name }) => name.replace(/ on \S*$/u, '')),
  ),
];

const latestOf = (run: string, report: RunReport): Latest => {
  const isActive = ({ state }: Report['peers'][number]): boolean => state === 'ACTIVE';
  const peers = [...report.peers].sort((a, b) => Number(isActive(a)) - Number(isActive(b)));
  const gateways = gatewaysIn(report).slice(0, maxGateways);
  return {
    run,
    verdict: report.verdict,
    at: report.startedAt,
    findings: countFindings(report),
    ...omitUndefined({ gateways: gateways.length > 0 ? gateways : undefined }),
    peers: peers.slice(0, maxPeers),
  };
};

const countFindings = ({ results }: Report): RunSummary['findings'] => {
  const findings = { error: 0, warning: 0, info: 0 };
  let silenced = 0;
  for (const { severity, muted } of results.flatMap((result) => result.findings)) {
    if (muted === undefined) findings[severity] += 1;
    else silenced += 1;
  }
  return { ...findings, ...omitUndefined({ muted: silenced > 0 ? silenced : undefined }) };
};
