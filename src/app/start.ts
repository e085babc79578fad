import type { ProcessUses } from '../config/process-uses';
import { formatProblem } from '../config/problem';
import type { ReadyWarning, Unready } from '../health/readiness';
import { failure, type Result, success } from '../result';
import { type BotParts, type Connections, openConnections, prepareConnections } from './connections';
import type { CurrentConfig } from './current-config';
import { startListener } from './listener';
import { countUnsealed } from '../features/storage';
import { startWorkers } from './workers';

export interface Bot {
  /** The port of HTTP mode. */
  readonly port: number | undefined;
  /** The port of the health server. */
  readonly healthPort: number | undefined;
  /** Accepts no new work, finishes running jobs or returns them to the queue, and closes everything: within 10 s or 45 s. */
  readonly stop: () => Promise<void>;
}

/** Maximum time to stop, in ms; longer with jobs about peering tokens, see `workers.ts`. Docker kills after 10 s. */
const stopMs = 8500;
const tokensStopMs = 45_000;
const listenerStopMs = 1500;

/** A running part of the bot. */
interface Running {
  readonly stop: () => Promise<unknown>;
}

/**
 * Starts the roles of this process, once Redis and Slack have answered, for which it waits until the signal. If one cannot
 * start, all are stopped. A failure is one line that says what is wrong and what to do.
 */
export const startBot = async (parts: BotParts, signal?: AbortSignal): Promise<Result<Bot>> => {
  const { env, log, uses, tracing } = parts;
  const prepared = prepareConnections(parts);
  if (!prepared.ok) return prepared;
  const { redis, monitor } = prepared.value;
  const running: Running[] = [{ stop: tracing.stop }, { stop: async () => redis.disconnect() }];
  const stop = async (): Promise<void> => {
    for (const part of running.toReversed()) await part.stop();
  };
  const fail = async (message: string): Promise<Result<Bot>> => {
    await stop();
    return failure(message);
  };

  /** The problems that the start waits for, each under its `what`. */
  const problems = new Map<Unready['what'], Unready>();
  let started: Connections | undefined;
  let isReady = false;
  let connected: (() => boolean) | undefined;
  let healthPort: number | undefined;
  if (env.health) {
    const served = await monitor.serve({
      ...env.health,
      redis,
      latest: async (clusters) => (await started?.stores.reports.latest(clusters)) ?? new Map(),
      slackConnected: () => (env.slack.mode?.kind === 'socket' ? connected?.() === true : undefined),
      starting: () => (isReady ? undefined : [...problems.values()]),
      warnings: () => configurationWarnings(parts.configuration),
    });
    if (!served.ok) return fail(served.error);
    running.push(served.value);
    healthPort = served.value.port;
  }
  const opened = await openConnections(prepared.value, {
    signal,
    onProblem: (what, problem) => {
      if (problem === undefined) problems.delete(what);
      else problems.set(what, { what, message: problem });
    },
  });
  if (!opened.ok) return fail(opened.error);
  const connections = opened.value;
  started = connections;
  running.push({ stop: connections.producer.close });
  if (uses.roles.includes('worker')) running.push(startWorkers(connections));
  let port: number | undefined;
  if (uses.roles.includes('bot')) {
    const listening = await startListener(connections);
    if (!listening.ok) return fail(listening.error);
    const { value: listener } = listening;
    // A connection that Slack or a proxy holds open must not take the time of running jobs.
    running.push({ stop: () => atMost(listenerStopMs, listener.stop()) });
    ({ connected, port } = listening.value);
  }
  void warnOfUnsealed(connections);
  isReady = true;
  log.info({ roles: uses.roles, team: connections.identity.home.team, port, healthPort }, 'ready');
  return success({ port, healthPort, stop: () => atMost(stopWithinMs(uses), stop()) });
};

/** Says that the newest clusters file is not in use, and why. */
export const configurationWarnings = ({ problems }: CurrentConfig): readonly ReadyWarning[] =>
  problems().map((problem) => ({
    what: 'configuration',
    message: `the earlier configuration stays in use: ${formatProblem(problem)}`,
  }));

/** Warns of records of version 0.1.0, which are ignored. Nothing waits for it. */
const warnOfUnsealed = async ({ redis, log }: Connections): Promise<void> => {
  const unsealed = await countUnsealed(redis).catch(() => 0);
  if (unsealed === 0) return;
  log.warn({ unsealed }, 'ignoring unsigned records in Redis; peering-bot migrate-storage signs them');
};

const stopWithinMs = ({ roles, queues }: ProcessUses): number =>
  roles.includes('worker') && queues.includes('tokens') ? tokensStopMs : stopMs;

/** Stops waiting after `ms`; the process ends then anyway. */
const atMost = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
};
