import type { FetchFunction } from '@slack/web-api';
import type { Logger } from 'pino';
import { createSlackNetwork, type SlackNetwork } from '../slack/api/slack-network';
import { createRespond, type Respond } from '../slack/api/response-url';
import { currentRequest } from '../queue/current-request';
import type { JobEnd } from '../queue/worker';
import type { RedisClient } from '../redis/redis';
import { type Result, success } from '../result';
import { type FinishedSpan, noTracing, type Tracing } from '../tracing/tracing';
import { createMetrics, type LatestVerdict } from './metrics';
import { type QueueState, watchQueues } from './queues';
import { type ReadyWarning, type Unready, unreadiness } from './readiness';
import { type HealthServer, startHealthServer } from './server';
import { type SlackCall, watchedFetch, watchedRespond } from './slack-fetch';

/** A finished call to Consul. */
interface ConsulCall {
  readonly cluster: string;
  readonly endpoint: string;
  readonly outcome: string;
  /** In ms since the epoch. */
  readonly startedAt: number;
  readonly tookMs: number;
}

export interface HealthParts {
  readonly host: string;
  readonly port: number;
  /** A connection that fails at once while Redis is away. */
  readonly redis: RedisClient;
  /** Returns the newest verdicts of clusters. */
  readonly latest: (clusters: readonly string[]) => Promise<ReadonlyMap<string, LatestVerdict>>;
  /** True if Slack can reach the bot; undefined if this process holds no connection to Slack. */
  readonly slackConnected: () => boolean | undefined;
  /** Returns the problems that the start waits for; undefined once the process has started. */
  readonly starting?: () => readonly Unready[] | undefined;
  /** Returns problems that do not make the bot unready. */
  readonly warnings?: () => readonly ReadyWarning[];
}

/** Receives events of the bot's work, for metrics and logs. */
export interface Monitor {
  readonly jobEnded: (end: JobEnd) => void;
  readonly consulCalled: (call: ConsulCall) => void;
  /** For Slack's client. */
  readonly slackFetch: FetchFunction;
  readonly respond: Respond;
  /** Counts a stored record that was not genuine. */
  readonly recordRefused: (kind: string) => void;
  /** Serves metrics and readiness over HTTP. */
  readonly serve: (watched: HealthParts) => Promise<Result<HealthServer>>;
}

interface MonitorParts {
  /** The names of all jobs and clusters, which become labels. */
  readonly jobs: readonly string[];
  readonly clusters: () => readonly string[];
  readonly slackApiUrl: string;
  readonly slackNetwork?: SlackNetwork;
  readonly tracing?: Tracing;
  readonly log: Logger;
}

/**
 * Monitors the bot's work. Calls go to the log at `debug`, each with the id of the request that caused it, so that a
 * command can be followed from Slack through the queue to Consul and back.
 */
export const createMonitor = ({
  jobs,
  clusters,
  slackApiUrl,
  slackNetwork = createSlackNetwork(undefined),
  tracing = noTracing,
  log,
}: MonitorParts): Monitor => {
  const metrics = createMetrics(jobs, clusters);
  const slackCalled = ({ ms, startedAt, ...call }: SlackCall): void => {
    metrics.slackCalled(call.method, call.outcome);
    tracing.record(slackSpan({ ms, startedAt, ...call }));
    log.debug({ request: currentRequest(), ...call, ms: Math.round(ms) }, 'called Slack');
  };
  return {
    jobEnded: ({ job, outcome, ms }) => metrics.jobEnded(job, outcome, ms),
    consulCalled: ({ tookMs, startedAt, ...call }) => {
      metrics.consulCalled(call.cluster, call.outcome, tookMs);
      tracing.record(consulSpan({ tookMs, startedAt, ...call }));
      log.debug({ request: currentRequest(), ...call, ms: Math.round(tookMs) }, 'called Consul');
    },
    slackFetch: watchedFetch(slackApiUrl, slackCalled, slackNetwork.fetch),
    respond: watchedRespond(createRespond(slackApiUrl, slackNetwork.fetch), slackCalled),
    recordRefused: metrics.recordRefused,

    serve: async (watched) => {
      const { host, port, redis, latest, slackConnected } = watched;
      const { starting = () => undefined, warnings = () => [] } = watched;
      const watch = watchQueues(redis, log);
      const look = (): Promise<readonly QueueState[] | undefined> => watch.look().catch(() => undefined);
      const started = await startHealthServer({
        host,
        port,
        log,
        warnings,
        unready: async () =>
          unreadiness({
            queues: starting() === undefined ? await look() : undefined,
            slackConnected: slackConnected(),
            starting: starting(),
          }),
        metrics: async () => {
          const [queues, verdicts] = await Promise.all([look(), latest(clusters()).catch(() => undefined)]);
          const text = await metrics.text({ queues, verdicts, slackConnected: slackConnected() });
          return { contentType: metrics.contentType, text };
        },
      });
      if (!started.ok) {
        await watch.close();
        return started;
      }
      const server = started.value;
      const stop = async (): Promise<void> => {
        await server.stop();
        await watch.close();
      };
      return success({ ...server, stop });
    },
  };
};

/** The span of a call to Consul. The route has placeholders in place of names. */
const consulSpan = ({ cluster, endpoint, outcome, startedAt, tookMs }: ConsulCall): FinishedSpan => ({
  name: `Consul ${endpoint}`,
  startedAt,
  ms: tookMs,
  attributes: { 'peering_bot.cluster': cluster, 'http.route': endpoint, 'peering_bot.outcome': outcome },
  failed: outcome !== 'ok',
});

const slackSpan = ({ method, outcome, code, startedAt, ms }: SlackCall): FinishedSpan => ({
  name: `Slack ${method}`,
  startedAt,
  ms,
  attributes: {
    'rpc.method': method,
    'peering_bot.outcome': outcome,
    ...(code !== undefined && { 'peering_bot.slack_error': code }),
  },
  failed: outcome !== 'ok',
});
