import { pino } from 'pino';
import { jobs } from '../../src/app/jobs';
import { createMonitor, type Monitor, type HealthParts } from '../../src/health/monitor';
import { type RedisUse } from '../../src/redis/connect';
import { createReports } from '../../src/features/history/reports.store';
import type { RedisClient } from '../../src/redis/redis';
import { waitFor } from '../lab/process';
import { sealer } from '../sealer';
import { connectTestRedis } from '../redis-client';

export const log = pino({ level: 'silent' });

export const connect = async (url: string, use: RedisUse = 'asking'): Promise<RedisClient> => {
  const redis = connectTestRedis(url, use);
  redis.on('error', () => undefined);
  await waitFor('redis', () => redis.status === 'ready');
  return redis;
};

export interface Served {
  readonly monitor: Monitor;
  readonly get: (
    path: string,
    method?: string,
  ) => Promise<{ readonly status: number; readonly body: string }>;
  /** The words of `/readyz`: what is in the way. */
  readonly ready: () => Promise<{ readonly status: number; readonly what: readonly string[] }>;
  /** The value of a sample of `/metrics`, named with its labels as they are written there. */
  readonly metric: (sample: string) => Promise<number | undefined>;
  readonly stop: () => Promise<void>;
}

const clusters = ['prod-east', 'prod-west'];

/** A monitor that serves on a free port. */
export const serve = async (
  redis: RedisClient,
  over: Partial<HealthParts> = {},
  slackApiUrl = 'https://slack.com/api/',
  configured: () => readonly string[] = () => clusters,
): Promise<Served> => {
  const monitor = createMonitor({
    jobs: jobs.map(({ name }) => name),
    clusters: configured,
    slackApiUrl,
    log,
  });
  const started = await monitor.serve({
    host: '127.0.0.1',
    port: 0,
    redis,
    latest: createReports(redis, sealer, { reports: 10, maxAgeMs: 60_000 }).latest,
    slackConnected: () => undefined,
    ...over,
  });
  if (!started.ok) throw new Error(started.error);
  const { port, stop } = started.value;
  const get: Served['get'] = async (path, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return { status: response.status, body: await response.text() };
  };
  return {
    monitor,
    get,
    ready: async () => {
      const { status, body } = await get('/readyz');
      const { ready, reasons } = JSON.parse(body) as { ready: boolean; reasons: { what: string }[] };
      expect(ready).toBe(status === 200);
      return { status, what: reasons.map(({ what }) => what) };
    },
    metric: async (sample) => sampleIn((await get('/metrics')).body, sample),
    stop,
  };
};

/** The value of a sample in the text format of Prometheus. */
export const sampleIn = (text: string, sample: string): number | undefined => {
  const line = text.split('\n').find((line) => line.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
};
