import { App } from '@slack/bolt';
import { WebClient, type WebClientOptions } from '@slack/web-api';
import type { Logger } from 'pino';
import { registry } from '../checks/registry';
import type { Config } from '../config/config';
import type { Env, Uses } from '../config/env';
import type { Environment } from '../config/secret';
import { createMonitor, type Monitor } from '../health/monitor';
import { createClients } from '../clusters/clients';
import { startDigestSync } from '../features/digests/sync';
import type { DigestTools } from '../features/digests/tools';
import { createZoneOf } from '../features/digests/zone-of';
import { startSubscriptionSync } from '../features/subscriptions/sync';
import { createAuthorizer } from '../access/authorizer';
import { checkInTurns } from '../clusters/limit-checks';
import { createPoster } from '../slack/api/poster';
import { createProducer } from '../queue/producer';
import { jobs } from './jobs';
import { readAcl } from '../clusters/read-acl';
import { createRunCheck } from '../clusters/run-check';
import { approverAccess, createTokenTools } from '../features/approvals/create-tools';
import { startSweeper } from '../features/approvals/sweeper';
import type { JobTools } from '../features/job-tools';
import { startWorker } from '../queue/worker';
import { createHttpReceiver, type HttpReceiver } from '../slack/http-receiver';
import { type Identity, identify } from '../slack/identity';
import { attachListeners } from '../slack/listeners';
import { actions, commands, events, views } from './listeners';
import { createReplayGuard } from '../slack/replays';
import { sdkLogger } from '../slack/sdk-logger';
import { createSocketReceiver, type SocketReceiver } from '../slack/socket-receiver';
import { createThrottle } from '../slack/throttle';
import { createSigner, type Signer } from '../signing/sign';
import { openApprovals } from '../features/approvals/approvals.store';
import { type Audit, auditKeptMs, openAudit } from '../features/audit/audit.store';
import {
  connectRedis,
  parseRedisUrl,
  type RedisAddress,
  type RedisUse,
  redisProblem,
} from '../redis/connect';
import { createMutes } from '../features/mutes/mutes.store';
import { createPendingSince } from '../clusters/pending.store';
import { createDefinitions } from '../features/digests/definitions.store';
import { createDigestRuns } from '../features/digests/runs.store';
import { createMessageRefs } from '../slack/api/message-refs.store';
import type { RedisClient } from '../redis/redis';
import { createRecorder } from '../features/audit/recorder';
import { createReports } from '../features/history/reports.store';
import { createRateLimiter } from '../slack/api/rate-limiter.store';
import { createSubscriptions } from '../features/subscriptions/subscriptions.store';
import { createWatches } from '../features/subscriptions/watches.store';

export interface BotParts {
  readonly env: Env;
  readonly config: Config;
  /** Where the secrets are read that the configuration points at. */
  readonly environment: Environment;
  readonly uses: Uses;
  readonly log: Logger;
  /** How many jobs of a queue a worker runs at once, those by schedule aside. Default 5. */
  readonly concurrency?: number;
}

interface Bot {
  /** The port of HTTP mode. */
  readonly port: number | undefined;
  /** The port of the health server. */
  readonly healthPort: number | undefined;
  /** Takes nothing new, lets running jobs finish or hands them back, and closes everything: within 10 s, or 45 s. */
  readonly stop: () => Promise<void>;
}

export type Started =
  | { readonly ok: true; readonly bot: Bot }
  /** One line: what is wrong and what to do. */
  | { readonly ok: false; readonly message: string };

/** Running jobs get this long at shutdown; then they go back to the queue. */
const graceMs = 7000;
const stopMs = 9500;
/** A job that writes to two clusters cannot be handed back half done, so its worker gets longer. */
const tokensGraceMs = 42_000;
const tokensStopMs = 45_000;
const redisStartMs = 5000;

/** What all parts of a started bot share. */
interface Shared extends BotParts {
  readonly address: RedisAddress;
  readonly redis: RedisClient;
  readonly client: WebClient;
  readonly identity: Identity;
  readonly monitor: Monitor;
  /** With what requests, decisions and the audit trail are signed; absent where no key is set. */
  readonly signed: { readonly signer: Signer; readonly audit: Audit } | undefined;
}

/** Something that runs, and how it ends. */
interface Running {
  readonly port?: number | undefined;
  /** Whether a connection to Slack is open; absent where it is Slack that connects. */
  readonly connected?: () => boolean;
  readonly stop: () => Promise<unknown>;
}

/**
 * Starts what this process does, once Redis and Slack have answered. Nothing is left running where it could not
 * start.
 */
export const startBot = async (parts: BotParts): Promise<Started> => {
  const { env, log, uses } = parts;
  const address = parseRedisUrl(env.redisUrl);
  if (!address.ok) return address;
  const redis = openRedis(address.value, 'asking', log);
  const running: Running[] = [{ stop: async () => redis.disconnect() }];
  const stop = async (): Promise<void> => {
    for (const part of running.toReversed()) await part.stop();
  };
  const fail = async (message: string): Promise<Started> => {
    await stop();
    return { ok: false, message };
  };

  const monitor = createMonitor([...parts.config.clusters.keys()], env.slack.apiUrl, log);
  const { botToken, mode } = env.slack;
  const client = new WebClient(botToken, clientOptions(env, log, monitor));
  const socketClient =
    mode?.kind === 'socket' ? new WebClient(mode.appToken, clientOptions(env, log, monitor)) : undefined;
  const [problem, identity] = await Promise.all([
    redisProblem(redis, address.value, redisStartMs),
    identify(client, socketClient),
  ]);
  if (!identity.ok) return fail([problem, identity.message].filter(Boolean).join('; '));
  if (problem !== undefined) return fail(problem);

  const shared: Shared = {
    ...parts,
    address: address.value,
    redis,
    client,
    identity: identity.value,
    monitor,
    signed: openSigned(env, redis, log),
  };
  let listening: Running | undefined;
  let healthPort: number | undefined;
  if (env.health) {
    const served = await monitor.serve({
      ...env.health,
      redis,
      reports: createReports(redis, parts.config.history),
      slackConnected: () => (mode?.kind === 'socket' ? listening?.connected?.() === true : undefined),
    });
    if (!served.ok) return fail(served.message);
    running.push(served.server);
    healthPort = served.server.port;
  }
  if (uses.roles.includes('worker')) running.push(startWorkers(shared));
  if (uses.roles.includes('bot')) {
    const listened = await listen(shared);
    if ('message' in listened) return fail(listened.message);
    running.push(listened);
    listening = listened;
  }
  const port = listening?.port;
  log.info({ roles: uses.roles, team: identity.value.home.team, port, healthPort }, 'ready');
  return { ok: true, bot: { port, healthPort, stop: () => atMost(stopWithinMs(uses), stop()) } };
};

const stopWithinMs = ({ roles, queues }: Uses): number =>
  roles.includes('worker') && queues.includes('tokens') ? tokensStopMs : stopMs;

/** Slack's client, told not to wait or retry by itself: what is repeated, and when, is decided where it is called. */
const clientOptions = (env: Env, log: Logger, { slackFetch }: Monitor): WebClientOptions => ({
  fetch: slackFetch,
  slackApiUrl: env.slack.apiUrl,
  timeout: 10_000,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  logger: sdkLogger(log, 'web-api'),
});

/** A connection that logs when it is lost and found, and not every attempt in between. */
const openRedis = (address: RedisAddress, use: RedisUse, log: Logger): RedisClient => {
  const redis = connectRedis(address, use);
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) log.error({ use, reason: error.message }, 'Redis does not answer');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info({ use }, 'Redis is back');
    away = false;
  });
  return redis;
};

/** What needs the signing key. Each entry of the audit trail is copied to the log. */
const openSigned = ({ signingKey }: Env, redis: RedisClient, log: Logger): Shared['signed'] => {
  if (signingKey === undefined) return undefined;
  const signer = createSigner(signingKey);
  const onEntry = (entry: object): void => log.info({ audit: entry }, 'audit');
  return { signer, audit: openAudit(redis, signer, { maxAgeMs: auditKeptMs, onEntry }) };
};

/** Checks by schedule that one process runs at once: what people wait for comes through beside them. */
const scheduledChecks = 4;
/** Jobs by schedule mostly wait, for a check's turn or for a channel's, so this times as many run at once. */
const scheduledShare = 4;
/** How long a job waits for Redis to take a job that follows from it, in ms. */
const queueingMs = 1500;

const rationale = (checkId: string): string | undefined =>
  registry.find(({ id }) => id === checkId)?.rationale;

/** Starts a worker for each of its queues that has jobs. */
const startWorkers = (shared: Shared): Running => {
  const { config, environment, uses, log, concurrency = 5, redis, client, identity, monitor } = shared;
  const connection = openRedis(shared.address, 'working', log);
  const messageRefs = createMessageRefs(redis);
  const rateLimiter = createRateLimiter(redis);
  const clients = createClients(environment, monitor.consulCalled);
  const mutes = createMutes(redis);
  const tokens = openTokens(shared);
  const digests = openDigests(shared);
  const tools = {
    config,
    authorizer: createAuthorizer({ client, access: config.access, home: identity.home }),
    poster: createPoster({ client, botUserId: identity.userId, rateLimiter, messageRefs, log }),
    respond: monitor.respond,
    messageRefs,
    reports: createReports(redis, config.history),
    check: createRunCheck({ config, clients, pending: createPendingSince(redis), mutes, log }),
    mutes,
    inspectAcl: ((cluster, options) =>
      readAcl({ clients, cluster, ...options })) satisfies JobTools['inspectAcl'],
    digests: digests.tools,
    subscriptions: { definitions: createSubscriptions(redis), watches: createWatches(redis) },
    rationale,
    record: createRecorder(shared.signed?.audit, log),
    ...(tokens === undefined ? {} : { tokens: tokens.tools }),
    botName: identity.name,
  };
  const sweeper = tokens === undefined ? undefined : startSweeper({ ...tools, tokens: tokens.tools }, log);
  const workers = uses.queues
    .map((queue) => ({ queue, jobs: jobs.filter((job) => job.queue === queue) }))
    .filter((work) => work.jobs.length > 0)
    .map((work) => ({
      worker: startWorker({
        ...work,
        ...(work.queue === 'digests'
          ? {
              tools: { ...tools, check: checkInTurns(tools.check, scheduledChecks) },
              concurrency: concurrency * scheduledShare,
            }
          : { tools, concurrency }),
        connection,
        log,
        onEnd: monitor.jobEnded,
      }),
      graceMs: work.queue === 'tokens' ? tokensGraceMs : graceMs,
    }));
  return {
    stop: async () => {
      await sweeper?.stop();
      await Promise.all(digests.syncs.map((sync) => sync.stop()));
      await Promise.all(workers.map((running) => running.worker.close(running.graceMs)));
      await digests.close();
      await tokens?.close();
      clients.close();
      connection.disconnect();
    },
  };
};

/** The only place that hands out the write tokens: absent where this process has no jobs that need them. */
const openTokens = ({ uses, config, environment, signed, redis, client, identity, monitor, log }: Shared) => {
  if (signed === undefined || config.approvals === undefined || !uses.queues.includes('tokens')) {
    return undefined;
  }
  const clients = createClients(environment, monitor.consulCalled, 'write');
  const producer = createProducer(redis, log);
  const { home } = identity;
  return {
    tools: createTokenTools({ client, config, home, redis, signed, clients, producer }),
    close: async () => {
      await producer.close();
      clients.close();
    },
  };
};

/** The requests that App Home shows, and who may decide about them. */
const openRequests = ({ config, signed, redis, client, identity: { home } }: Shared) =>
  signed === undefined || config.approvals === undefined
    ? undefined
    : {
        open: openApprovals(redis, signed.signer, signed.audit).open,
        approvers: createAuthorizer({ client, access: approverAccess(config), home }),
      };

/** What the jobs about digests need; the workers that run them also keep their schedules, and subscriptions'. */
const openDigests = ({ uses, redis, client, log }: Shared) => {
  const producer = createProducer(redis, log);
  const tools: DigestTools = {
    definitions: createDefinitions(redis),
    runs: createDigestRuns(redis),
    zoneOf: createZoneOf(client),
    queue: (job, payload, request) => producer.enqueue(job, payload, request, queueingMs),
  };
  const syncs = uses.queues.includes('digests')
    ? [
        startDigestSync({ redis, tools, log }),
        startSubscriptionSync({ redis, definitions: createSubscriptions(redis), log }),
      ]
    : [];
  return { tools, syncs, close: () => producer.close() };
};

/** Starts to take Slack's requests, or says in one line why it cannot. */
const listen = async (shared: Shared): Promise<Running | { readonly message: string }> => {
  const { env, config, log, redis, client, identity, monitor } = shared;
  const { home, userId: botUserId, botId } = identity;
  const producer = createProducer(redis, log);
  const receiver = createReceiver(shared);
  const app = new App({
    receiver,
    // Who the bot is was asked once at the start.
    authorize: async () => ({ botToken: env.slack.botToken, botId, botUserId, teamId: home.team }),
    clientOptions: clientOptions(env, log, monitor),
    logger: sdkLogger(log, 'bolt'),
    convoStore: false,
  });
  app.error(async (error) => log.error({ err: error }, 'a listener failed'));
  attachListeners(app, {
    commands,
    actions,
    views,
    events,
    tools: {
      config,
      authorizer: createAuthorizer({ client, access: config.access, home }),
      reports: createReports(redis, config.history),
      commands,
      enqueue: (job, payload, request, { deadline }) =>
        producer.enqueue(job, payload, request, Math.max(0, deadline - Date.now())),
      workers: (queue, { deadline }) => producer.workers(queue, Math.max(0, deadline - Date.now())),
      isFirst: createReplayGuard(redis, log),
      rationale,
      mutes: createMutes(redis),
      digests: createDefinitions(redis),
      subscriptions: createSubscriptions(redis),
      requests: openRequests(shared),
      checkIds: registry.map(({ id }) => id),
      record: createRecorder(shared.signed?.audit, log),
      signer: shared.signed?.signer,
      trail: shared.signed?.audit,
    },
    client,
    respond: monitor.respond,
    throttle: createThrottle(redis),
    log,
  });
  const stop = async (): Promise<void> => {
    await app.stop();
    await producer.close();
  };
  try {
    await app.start();
  } catch (error) {
    await producer.close();
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const { mode } = env.slack;
    return {
      message: inUse
        ? `port ${mode?.kind === 'http' ? mode.port : ''} is in use: set PORT to a free one`
        : `cannot take requests from Slack (${error instanceof Error ? error.message : 'unknown'})`,
    };
  }
  return 'connected' in receiver ? { stop, connected: receiver.connected } : { stop, port: receiver.port() };
};

const createReceiver = ({ env, log, redis, monitor }: Shared): SocketReceiver | HttpReceiver => {
  const { mode } = env.slack;
  if (mode?.kind === 'http') {
    const { signingSecret, port } = mode;
    const isFirst = createReplayGuard(redis, log);
    return createHttpReceiver({ signingSecret, port, sdkLogger: sdkLogger(log, 'bolt'), log, isFirst });
  }
  return createSocketReceiver({
    appToken: mode?.appToken ?? '',
    sdkLogger: sdkLogger(log, 'socket-mode'),
    // Away for minutes or hours, Slack is asked again for ever: there is nothing better to do.
    clientOptions: () => ({
      ...clientOptions(env, log, monitor),
      rejectRateLimitedCalls: false,
      retryConfig: { forever: true, minTimeout: 500, maxTimeout: 15_000, randomize: true },
    }),
  });
};

/** Gives up waiting after so many ms; the process ends then anyway. */
const atMost = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
};
