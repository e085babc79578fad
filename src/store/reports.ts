import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { Report } from '../report/report';
import { keys } from './keys';
import type { RedisClient } from './redis';

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** How a cluster's newest whole check ended. */
const Latest = z.object({
  run: z.string(),
  verdict: z.enum(['ready', 'warnings', 'not-ready', 'unknown']),
  at: z.string(),
  /** How many findings of each severity; absent in what older versions stored. */
  findings: z.object({ error: z.number(), warning: z.number(), info: z.number() }).optional(),
});
export type Latest = z.infer<typeof Latest>;

/** How much is kept of each cluster. */
export interface Keeping {
  readonly reports: number;
  readonly maxAgeMs: number;
}

export interface Reports {
  /** Keeps the report under its run and lets go of the cluster's oldest. Saving a run again replaces it. */
  readonly save: (run: string, report: Report) => Promise<void>;
  /** The report of a run, or undefined where it has expired or never was. */
  readonly find: (run: string) => Promise<Report | undefined>;
  /** A cluster's kept runs, newest first. */
  readonly runsOf: (cluster: string, limit: number) => Promise<readonly string[]>;
  /** The newest verdicts, of those clusters that were ever checked. */
  readonly latest: (clusters: readonly string[]) => Promise<ReadonlyMap<string, Latest>>;
}

/**
 * Reports, compressed. They hold no secrets by contract of `Report`. The keys of one report and of its cluster's
 * list may lie on different nodes of a Redis Cluster, so no step needs both at once: what a crash leaves
 * between two steps expires by itself.
 */
export const createReports = (redis: RedisClient, keeping: Keeping): Reports => ({
  save: async (run, report) => {
    const list = keys.reportsOf(report.cluster.name);
    const startedMs = Date.parse(report.startedAt);
    await redis.set(keys.report(run), await compress(JSON.stringify(report)), 'PX', keeping.maxAgeMs);
    await redis.zadd(list, startedMs, run);
    await redis.zremrangebyscore(list, '-inf', startedMs - keeping.maxAgeMs);
    const tooMany = await redis.zrange(list, '0', String(-(keeping.reports + 1)));
    for (const old of tooMany) await redis.del(keys.report(old));
    if (tooMany.length > 0) await redis.zrem(list, ...tooMany);
    await redis.pexpire(list, keeping.maxAgeMs);
    // A check that was narrowed to one peer says nothing about the others.
    if (report.peer === null) {
      const latest: Latest = {
        run,
        verdict: report.verdict,
        at: report.startedAt,
        findings: countFindings(report),
      };
      await redis.hset(keys.latest, report.cluster.name, JSON.stringify(latest));
    }
  },
  find: async (run) => {
    const bytes = await redis.getBuffer(keys.report(run));
    return bytes === null ? undefined : (JSON.parse((await expand(bytes)).toString()) as Report);
  },
  runsOf: (cluster, limit) => redis.zrevrange(keys.reportsOf(cluster), 0, limit - 1),
  latest: async (clusters) => {
    if (clusters.length === 0) return new Map();
    const texts = await redis.hmget(keys.latest, ...clusters);
    return new Map(
      clusters.flatMap((cluster, index): [string, Latest][] => {
        const text = texts[index];
        return text ? [[cluster, Latest.parse(JSON.parse(text))]] : [];
      }),
    );
  },
});

const countFindings = ({ results }: Report): NonNullable<Latest['findings']> => {
  const findings = { error: 0, warning: 0, info: 0 };
  for (const { severity } of results.flatMap((result) => result.findings)) findings[severity] += 1;
  return findings;
};
