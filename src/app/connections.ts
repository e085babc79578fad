import { WebClient, type WebClientOptions } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Home } from '../access/access';
import { type Authorizer, createAuthorizer } from '../access/authorizer';
import { registry } from '../checks/registry';
import { createPendingSince } from '../clusters/pending.store';
import type { Config } from '../config/config';
import { exposesPassword } from '../config/plain-http';
import type { Env } from '../config/env';
import type { ProcessUses } from '../config/process-uses';
import type { Environment } from '../config/secret';
import { openApprovals } from '../features/approvals/store/approvals.store';
import { createClients } from '../clusters/clients';
import { auditMaxAgeMs, type HeadAnchor, openAudit } from '../features/audit/audit.store';
import { openAnchor } from '../features/audit/open-anchor';
import { createRecorder } from '../features/audit/recorder';
import { createFleetLines } from '../features/check/fleet-lines.store';
import { createAlertThreads } from '../features/alerts';
import { createAnnouncements } from '../features/events';
import { createDefinitions } from '../features/digests/definitions.store';
import { withFileDefinitions } from '../features/digests/file-definitions';
import { createDigestRuns } from '../features/digests/runs.store';
import { createReports } from '../features/history/reports.store';
import { withFileMutes } from '../features/mutes/file-mutes';
import { createMutes } from '../features/mutes/mutes.store';
import { createSubscriptions } from '../features/subscriptions/subscriptions.store';
import { createIncidents } from '../features/incidents/incidents.store';
import { createWatches } from '../features/subscriptions/watches.store';
import { createMonitor, type Monitor } from '../health/monitor';
import { createProducer, type Producer } from '../queue/producer';
import { awaitRedis, connectRedis, parseRedisUrl, type RedisAddress, type RedisUse } from '../redis/connect';
import type { RedisClient } from '../redis/redis';
import { failure, type Result, success } from '../result';
import { createRotatingSigner } from '../signing/rotating-signer';
import type { Tracing } from '../tracing/tracing';
import { createSealer, type RecordLocation, type Sealer } from '../signing/seal-record';
import { createMessageRefs } from '../slack/api/message-refs.store';
import { createOutboxStore } from '../slack/api/outbox/outbox.store';
import { createUnanswered } from '../slack/api/outbox/unanswered.store';
import { createSlackNetwork, type SlackNetwork } from '../slack/api/slack-network';
import { type Identity, identify } from '../slack/identity';
import { createReplayGuard } from '../slack/replays';
import { sdkLogger } from '../slack/sdk-logger';
import { type CurrentConfig, derive } from './current-config';
import { jobs } from './jobs';
import { retryStep, type StartProblem } from './retry-step';

export interface BotParts {
  readonly env: Env;
  readonly configuration: CurrentConfig;
  /** Holds the secrets that the configuration names. */
  readonly environment: Environment;
  readonly uses: ProcessUses;
  readonly log: Logger;
  /** Jobs of a queue that a worker runs at once, except scheduled ones. Default 5. */
  readonly concurrency?: number | undefined;
  /** Required, so that nothing between a bot and its parts drops it. Only the parts default to no traces. */
  readonly tracing: Tracing;
}

/** Everything that the worker and the listener of a process share. Each store is built here, once. */
export interface Connections extends BotParts {
  readonly address: RedisAddress;
  readonly redis: RedisClient;
  readonly client: WebClient;
  readonly identity: Identity;
  readonly slackNetwork: SlackNetwork;
  readonly monitor: Monitor;
  /** Authenticates what is stored in Redis. */
  readonly sealer: Sealer;
  readonly producer: Producer;
  readonly authorizer: () => Authorizer;
  readonly isFirst: ReturnType<typeof createReplayGuard>;
  /** Returns why a check matters, by its id. */
  readonly rationale: (checkId: string) => string | undefined;
  readonly stores: ReturnType<typeof openStores>;
}

const plainRedis =
  'REDIS_URL sends its password to another machine in plain text: use rediss:// unless that network is private';

/** Maximum time for Redis to answer at the start, in ms. */
export const redisStartMs = 5000;

/** The part of the connections that needs no answer of Redis or Slack. */
interface Prepared {
  readonly parts: BotParts;
  readonly address: RedisAddress;
  readonly redis: RedisClient;
  readonly monitor: Monitor;
  readonly slackNetwork: SlackNetwork;
  readonly anchor: HeadAnchor | undefined;
}

/** Reads the addresses, and begins to connect to Redis. A failure is one line that says what is wrong. */
export const prepareConnections = (parts: BotParts): Result<Prepared> => {
  const { env, configuration, log } = parts;
  const address = parseRedisUrl(env.redisUrl);
  if (!address.ok) return address;
  if (exposesPassword(address.value)) log.warn(plainRedis);
  const anchorClients = createClients(parts.environment);
  const anchor = openAnchor(env.auditAnchor, () => configuration.get(), anchorClients);
  if (!anchor.ok) return anchor;
  const redis = openRedis(address.value, 'asking', log);
  // The trail is written for as long as there is a connection to Redis.
  redis.on('end', anchorClients.close);
  const slackNetwork = createSlackNetwork(env.slack.proxy);
  const monitor = createMonitor({
    jobs: jobs.map(({ name }) => name),
    clusters: () => [...configuration.get().clusters.keys()],
    slackApiUrl: env.slack.apiUrl,
    slackNetwork,
    log,
    tracing: parts.tracing,
  });
  return success({ parts, address: address.value, redis, monitor, slackNetwork, anchor: anchor.value });
};

export interface OpenOptions {
  /** Ends the waiting with a failure. */
  readonly signal?: AbortSignal | undefined;
  /** Takes the problem that the start waits for to pass, and undefined once it has passed. */
  readonly onProblem: (what: 'redis' | 'slack', problem: string | undefined) => void;
}

/**
 * Connects to Redis and Slack, and waits until both have answered. A failure is one line that says what is wrong and
 * what to do; the connection to Redis stays open.
 */
export const openConnections = async (
  { parts, address, redis, monitor, slackNetwork, anchor }: Prepared,
  { signal, onProblem }: OpenOptions,
): Promise<Result<Connections>> => {
  const { env, configuration, log } = parts;
  const { botToken, mode } = env.slack;
  const client = new WebClient(botToken, clientOptions(env, log, monitor));
  const socketClient =
    mode?.kind === 'socket' ? new WebClient(mode.appToken, clientOptions(env, log, monitor)) : undefined;
  // If one side is wrong for good, nothing waits for the other.
  const failed = new AbortController();
  const waitFor = async <T>(
    what: 'redis' | 'slack',
    step: () => Promise<Result<T, StartProblem>>,
  ): Promise<Result<T>> => {
    const done = await retryStep(step, {
      signal: signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]),
      onProblem: (problem, retryMs) => {
        if (problem !== undefined) log.warn({ what, problem, retryMs }, 'the start waits');
        onProblem(what, problem);
      },
    });
    if (!done.ok) failed.abort();
    return done;
  };
  const redisAnswers = async (): Promise<Result<undefined, StartProblem>> => {
    const problem = await awaitRedis(redis, address, redisStartMs);
    return problem === undefined ? success(undefined) : failure(problem);
  };
  const [answering, identity] = await Promise.all([
    waitFor('redis', redisAnswers),
    waitFor('slack', () => identify(client, socketClient)),
  ]);
  if (!answering.ok || !identity.ok)
    return failure([answering, identity].flatMap((one) => (one.ok ? [] : [one.error])).join('; '));
  const sealer = createSealer(env, reportRefused(monitor, log));
  return success({
    ...parts,
    address,
    redis,
    client,
    identity: identity.value,
    monitor,
    slackNetwork,
    sealer,
    producer: createProducer(redis, sealer, log, parts.tracing),
    authorizer: derive(configuration, ({ access }) =>
      createAuthorizer({ client, access, home: identity.value.home }),
    ),
    isFirst: createReplayGuard(redis, log),
    rationale: (checkId) => registry.find(({ id }) => id === checkId)?.rationale,
    stores: openStores(parts, redis, sealer, anchor, identity.value.home),
  });
};

/** Options of Slack's client: it does not wait or retry, since its callers decide that. */
export const clientOptions = (env: Env, log: Logger, { slackFetch }: Monitor): WebClientOptions => ({
  fetch: slackFetch,
  slackApiUrl: env.slack.apiUrl,
  timeout: 10_000,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  logger: sdkLogger(log, 'web-api'),
});

/** Opens a connection that logs when it is lost and when it is back, and not every attempt in between. */
export const openRedis = (address: RedisAddress, use: RedisUse, log: Logger): RedisClient => {
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

/** Maximum locations to log. Each is logged once, because the same record is read repeatedly. */
const maxLogged = 10_000;

/** Counts each read of a record that is not genuine, and logs each location once. */
export const reportRefused = (
  { recordRefused }: Monitor,
  log: Logger,
): ((location: RecordLocation) => void) => {
  const logged = new Set<string>();
  return (location) => {
    recordRefused(location.kind);
    const text = JSON.stringify(location);
    if (logged.has(text) || logged.size >= maxLogged) return;
    logged.add(text);
    log.warn(location, 'ignored a stored record that this bot did not seal');
  };
};

/** The retention that is configured whenever a report is stored. */
const retentionOf = ({ get }: CurrentConfig): Config['history'] => ({
  get reports() {
    return get().history.reports;
  },
  get maxAgeMs() {
    return get().history.maxAgeMs;
  },
});

const openStores = (
  { env, configuration, log }: BotParts,
  redis: RedisClient,
  sealer: Sealer,
  anchor: HeadAnchor | undefined,
  home: Home,
) => {
  const signed = openSigned(env, redis, log, anchor);
  return {
    signed,
    record: createRecorder(signed.audit, log),
    reports: createReports(redis, sealer, retentionOf(configuration)),
    mutes: withFileMutes(createMutes(redis, sealer), configuration.get),
    fleetLines: createFleetLines(redis, sealer),
    digests: withFileDefinitions(
      createDefinitions(redis, sealer),
      () => configuration.get().digests ?? [],
      home,
    ),
    digestRuns: createDigestRuns(redis, sealer),
    subscriptions: createSubscriptions(redis, sealer),
    watches: createWatches(redis, sealer),
    alertThreads: createAlertThreads(redis, sealer),
    announcements: createAnnouncements(redis, sealer),
    incidents: createIncidents(redis, sealer),
    messageRefs: createMessageRefs(redis, sealer),
    outbox: createOutboxStore(redis, sealer),
    unanswered: createUnanswered(redis, sealer),
    pending: createPendingSince(redis, sealer),
  };
};

/** Opens the stores that have signatures of their own. Each entry of the audit trail is copied to the log, with the signed head after it. */
const openSigned = (env: Env, redis: RedisClient, log: Logger, anchor: HeadAnchor | undefined) => {
  const signer = createRotatingSigner(env);
  const audit = openAudit(redis, signer, {
    maxAgeMs: auditMaxAgeMs,
    onEntry: (entry, head) => log.info({ audit: entry, head }, 'audit'),
    anchor,
    onUnanchored: (reason) => log.error({ reason }, 'the head of the audit trail could not be kept'),
  });
  return { signer, audit, approvals: openApprovals(redis, signer, audit) };
};
