import { budget } from '../config/budget';
import { probeQueueOf } from '../config/probe-queue';
import { createIsolated } from '../clusters/isolated';
import { createProcessPool } from '../clusters/process-pool';
import { createSecondOutcomes, defineProbeJob, type ProbeServices } from '../features/second-probe';
import { createMonitor } from '../health/monitor';
import type { Unready } from '../health/readiness';
import { startWorker } from '../queue/worker';
import { awaitRedis, parseRedisUrl } from '../redis/connect';
import { failure, type Result, success } from '../result';
import { createSealer } from '../signing/seal-record';
import { type BotParts, openRedis, redisStartMs, reportRefused } from './connections';
import { derive } from './current-config';
import { retryStep } from './retry-step';
import { type Bot, configurationWarnings } from './start';

/** Time for running probes at shutdown, in ms. */
const graceMs = 1000;

/**
 * Starts a process that only probes, as the second vantage point of clusters: one queue, one job. It calls neither Slack nor any
 * cluster whose settings do not name this vantage point.
 */
export const startProbing = async (
  { env, configuration, environment, log, concurrency = 5, tracing }: BotParts,
  vantagePoint: string,
  signal?: AbortSignal,
): Promise<Result<Bot>> => {
  const address = parseRedisUrl(env.redisUrl);
  if (!address.ok) return address;
  const job = defineProbeJob(vantagePoint);
  const monitor = createMonitor({
    jobs: [job.name],
    clusters: () => [...configuration.get().clusters.keys()],
    slackApiUrl: env.slack.apiUrl,
    log,
    tracing,
  });
  const redis = openRedis(address.value, 'asking', log);
  const running: { readonly stop: () => unknown }[] = [
    { stop: tracing.stop },
    { stop: () => redis.disconnect() },
  ];
  const stop = async (): Promise<void> => {
    for (const part of running.toReversed()) await part.stop();
  };

  let waitsFor: readonly Unready[] | undefined = [];
  let healthPort: number | undefined;
  if (env.health) {
    const served = await monitor.serve({
      ...env.health,
      redis,
      latest: async () => new Map(),
      slackConnected: () => undefined,
      starting: () => waitsFor,
      warnings: () => configurationWarnings(configuration),
    });
    if (!served.ok) {
      await stop();
      return served;
    }
    running.push(served.value);
    healthPort = served.value.port;
  }
  const answers = await retryStep(
    async () => {
      const problem = await awaitRedis(redis, address.value, redisStartMs);
      return problem === undefined ? success(undefined) : failure(problem);
    },
    {
      signal,
      onProblem: (problem, retryMs) => {
        if (problem !== undefined) log.warn({ what: 'redis', problem, retryMs }, 'the start waits');
        waitsFor = problem === undefined ? [] : [{ what: 'redis', message: problem }];
      },
    },
  );
  if (!answers.ok) {
    await stop();
    return answers;
  }

  const sealer = createSealer(env, reportRefused(monitor, log));
  const pool = createProcessPool({
    count: concurrency,
    memoryMiB: budget.processMiB,
    deadlineMs: budget.processMs,
    environment,
    onCall: monitor.consulCalled,
  });
  const connection = openRedis(address.value, 'working', log);
  const secondOutcomes = createSecondOutcomes(redis, sealer);
  const worker = startWorker<ProbeServices>({
    queue: probeQueueOf(vantagePoint),
    jobs: [job],
    sealer,
    services: derive(configuration, (config): ProbeServices => {
      const { probe } = createIsolated({ config, environment, pool, log, tracing });
      return { config, probe, secondOutcomes };
    }),
    connection,
    concurrency,
    log,
    onEnd: monitor.jobEnded,
    tracing,
  });
  running.push({ stop: () => connection.disconnect() }, { stop: pool.close });
  running.push({ stop: () => worker.close(graceMs) });
  waitsFor = undefined;
  log.info({ probesFrom: vantagePoint, healthPort }, 'ready');
  return success({ port: undefined, healthPort, stop });
};
