import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { packageVersion } from '../config/package-version';
import type { PeerSummary } from '../report/peer-summary';
import type { Severity, Verdict } from '../report/report';
import { createPeeringGauges } from './peering-gauges';
import type { QueueState } from './queues';
import { isStuck } from './queues';

/** The newest check of a whole cluster. */
export interface LatestVerdict {
  readonly verdict: Verdict;
  /** ISO 8601. */
  readonly at: string;
  readonly findings?: Readonly<Record<Severity, number>> | undefined;
  readonly peers?: readonly PeerSummary[] | undefined;
}

/** The values that are looked up for each scrape. Undefined if Redis does not answer. */
export interface ScrapedState {
  readonly queues: readonly QueueState[] | undefined;
  readonly verdicts: ReadonlyMap<string, LatestVerdict> | undefined;
  /** Undefined if this process does not listen to Slack over a connection. */
  readonly slackConnected: boolean | undefined;
}

/** Seconds. A check takes a few; one that waits for the rate limit of its channel takes up to a minute. */
const jobBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const callBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const verdicts: readonly Verdict[] = ['ready', 'warnings', 'not-ready', 'unknown'];
const severities = ['error', 'warning', 'info'] as const;

/**
 * All metrics of a process. Each label has few values: names of clusters come from the configuration, and those
 * of jobs, queues, methods and outcomes from the code. Of a cluster's own text, only the names of its peerings become
 * labels (Consul accepts lower-case letters, digits and dashes), at most 200 of each cluster. No text of Slack does.
 */
export const createMetrics = (jobNames: readonly string[], clusters: () => readonly string[]) => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `peering_bot_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `peering_bot_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ) => new Histogram({ name: `peering_bot_${name}`, help, labelNames, buckets, registers });

  const jobSeconds = histogram(
    'job_duration_seconds',
    'Duration of the runs of jobs, by name and outcome.',
    // `job` is a label that Prometheus gives itself.
    ['name', 'outcome'],
    jobBuckets,
  );
  const slackCalls = counter('slack_calls_total', 'Calls to Slack. Each attempt counts.', [
    'method',
    'outcome',
  ]);
  const slackLimited = counter('slack_rate_limited_total', 'Calls that Slack answered with status 429.', [
    'method',
  ]);
  const consulCalls = counter('consul_calls_total', 'Calls to Consul. A call and its retries count once.', [
    'cluster',
    'outcome',
  ]);
  const consulSeconds = histogram(
    'consul_call_duration_seconds',
    'Duration of calls to Consul, including waits and retries.',
    ['cluster'],
    callBuckets,
  );
  const recordsRefused = counter(
    'records_refused_total',
    'Reads of stored records and jobs that this bot did not sign for where they were found.',
    ['kind'],
  );
  const redisUp = gauge('redis_up', '1 if Redis answers.');
  const slackUp = gauge('slack_connected', '1 if a Socket Mode connection is open.');
  const queueJobs = gauge('queue_jobs', 'Jobs in a queue, by state.', ['queue', 'state']);
  const queueOldest = gauge(
    'queue_oldest_waiting_seconds',
    'Age of the oldest request that waits for a worker; 0 if none waits.',
    ['queue'],
  );
  const queueWorkers = gauge('queue_workers', 'Workers that take jobs of a queue.', ['queue']);
  const queueStuck = gauge('queue_stuck', '1 if jobs wait and no worker takes them.', ['queue']);
  const verdict = gauge('verdict', '1 for the verdict of the newest check of a whole cluster.', [
    'cluster',
    'verdict',
  ]);
  const findings = gauge('findings', 'Findings of the newest check of a whole cluster.', [
    'cluster',
    'severity',
  ]);
  const checkedAt = gauge(
    'checked_timestamp_seconds',
    'Start of the newest check of a whole cluster, in seconds since the epoch.',
    ['cluster'],
  );
  const peeringGauges = createPeeringGauges(gauge);
  gauge('build_info', 'Always 1; the label says which version runs.', ['version']).set(
    { version: packageVersion },
    1,
  );
  /** The outcomes of calls that each cluster has series of. */
  const called = new Map<string, Set<string>>();
  const seriesOf = (cluster: string): Set<string> => {
    const known = called.get(cluster);
    if (known !== undefined) return known;
    consulCalls.inc({ cluster, outcome: 'ok' }, 0);
    const outcomes = new Set(['ok']);
    called.set(cluster, outcomes);
    return outcomes;
  };
  /** Begins the series of new clusters, and ends those of clusters that are no longer configured. */
  const followClusters = (): void => {
    const configured = new Set(clusters());
    for (const cluster of configured) seriesOf(cluster);
    for (const [cluster, outcomes] of called) {
      if (configured.has(cluster)) continue;
      for (const outcome of outcomes) consulCalls.remove({ cluster, outcome });
      consulSeconds.remove({ cluster });
      called.delete(cluster);
    }
  };

  const showQueues = (states: readonly QueueState[]): void => {
    for (const { queue, counts, oldestWaitingMs, workers, ...rest } of states) {
      for (const [state, count] of Object.entries(counts)) queueJobs.set({ queue, state }, count);
      queueOldest.set({ queue }, (oldestWaitingMs ?? 0) / 1000);
      if (workers === undefined) continue;
      queueWorkers.set({ queue }, workers);
      queueStuck.set({ queue }, isStuck({ queue, counts, oldestWaitingMs, workers, ...rest }) ? 1 : 0);
    }
  };
  const showVerdicts = (latest: ReadonlyMap<string, LatestVerdict>): void => {
    for (const cluster of clusters()) {
      const one = latest.get(cluster);
      if (one === undefined) continue;
      for (const each of verdicts) verdict.set({ cluster, verdict: each }, each === one.verdict ? 1 : 0);
      for (const severity of severities) {
        if (one.findings) findings.set({ cluster, severity }, one.findings[severity]);
      }
      checkedAt.set({ cluster }, Date.parse(one.at) / 1000);
      for (const peer of one.peers ?? []) peeringGauges.show(cluster, peer, Date.parse(one.at));
    }
  };

  return {
    contentType: registry.contentType,
    jobEnded: (job: string, outcome: string, ms: number): void =>
      // A queue may hold jobs of other versions, under any name.
      jobSeconds.observe({ name: jobNames.includes(job) ? job : 'other', outcome }, ms / 1000),
    slackCalled: (method: string, outcome: string): void => {
      slackCalls.inc({ method, outcome });
      if (outcome === 'rate-limited') slackLimited.inc({ method });
    },
    consulCalled: (cluster: string, outcome: string, ms: number): void => {
      seriesOf(cluster).add(outcome);
      consulCalls.inc({ cluster, outcome });
      consulSeconds.observe({ cluster }, ms / 1000);
    },
    /** The kind comes from the code. */
    recordRefused: (kind: string): void => recordsRefused.inc({ kind }),
    /** All metrics as text, with these current values. */
    text: async ({ queues, verdicts: latest, slackConnected }: ScrapedState): Promise<string> => {
      // A value that is not known now is left out, since an old one would mislead.
      for (const each of [queueJobs, queueOldest, queueWorkers, queueStuck, verdict, findings, checkedAt]) {
        each.reset();
      }
      peeringGauges.reset();
      followClusters();
      redisUp.set(queues === undefined ? 0 : 1);
      if (slackConnected !== undefined) slackUp.set(slackConnected ? 1 : 0);
      if (queues) showQueues(queues);
      if (latest) showVerdicts(latest);
      return registry.metrics();
    },
  };
};
