import { createClusterSlots } from '../../../src/clusters/cluster-slots';
import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import type { AccessConfig, Config } from '../../../src/config/config';
import type { AnyJob, JobOutcome, JobRun } from '../../../src/queue/define';
import { createZoneOf } from '../../../src/features/digests/zone-of';
import { createAuthorizer } from '../../../src/access/authorizer';
import { createPoster } from '../../../src/slack/api/poster';
import type { ClusterReport } from '../../../src/clusters/run-check';
import type { JobServices } from '../../../src/app/jobs';
import type { Report } from '../../../src/report/report';
import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { sdkLogger } from '../../../src/slack/sdk-logger';
import type { AuditEvent } from '../../../src/access/audit-event';
import {
  createDefinitions,
  type Definition,
  type NewDefinition,
} from '../../../src/features/digests/definitions.store';
import { createDigestRuns } from '../../../src/features/digests/runs.store';
import { dropDoubles } from '../../../src/slack/drop-doubles';
import { createSemaphore } from '../../../src/consul/semaphore';
import { createFleetLines } from '../../../src/features/check/fleet-lines.store';
import { createCheckLocks } from '../../../src/features/check/check-locks.store';
import { createMutes } from '../../../src/features/mutes/mutes.store';
import { createMessageRefs } from '../../../src/slack/api/message-refs.store';
import type { RedisClient } from '../../../src/redis/redis';
import { createReports } from '../../../src/features/history/reports.store';
import { createSubscriptions } from '../../../src/features/subscriptions/subscriptions.store';
import { createAlertThreads } from '../../../src/features/alerts';
import { createAnnouncements, createReceiverLimits } from '../../../src/features/events';
import { createIncidents } from '../../../src/features/incidents/incidents.store';
import { createWatches } from '../../../src/features/subscriptions/watches.store';
import { createRateLimiter } from '../../../src/slack/api/rate-limiter.store';
import { type RedisServer, startRedis } from '../../lab/redis';
import { configOf } from '../../slack/support';
import { reportOf } from './reports';
import { testOutbox } from '../../slack/outbox';
import { sealer } from '../../sealer';
import { connectTestRedis } from '../../redis-client';

/** A workspace, a Redis and what digests work with; only the clusters are made up. */
export interface Stage {
  readonly slack: Workspace;
  readonly redis: RedisClient;
  readonly tools: JobServices;
  /** The clusters that were checked, in order. */
  readonly checks: string[];
  readonly audited: AuditEvent[];
  /** Jobs that were queued. */
  readonly queued: { readonly name: string; readonly payload: unknown; readonly id: string }[];
  /** Report of a cluster from now on; ready by default. */
  readonly show: (cluster: string, report: Report | ClusterReport) => void;
  readonly add: (over?: Partial<NewDefinition>) => Promise<Definition>;
  /** Runs a job, by default with `tools`. */
  readonly run: (
    job: AnyJob<JobServices>,
    payload: unknown,
    over?: Partial<JobRun>,
    tools?: JobServices,
  ) => Promise<JobOutcome>;
}

export interface StageOptions {
  readonly access?: AccessConfig;
  readonly clusters?: readonly string[];
  readonly owners?: Config['owners'];
}

/** Everyone of the cast may have digests of everything, also who is a guest: that must not help. */
const open: AccessConfig = {
  restrict: false,
  grants: [{ allow: ['digest'], users: Object.values(people).map(({ id }) => id) }],
};

const log = pino({ level: 'silent' });

/** Servers for all tests of a file, and a fresh stage for each. To be called once in a `describe`. */
export const useStage = (): ((options?: StageOptions) => Promise<Stage>) => {
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace | undefined;
  beforeAll(async () => {
    server = await startRedis();
    redis = openRedis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await slack?.stop();
    slack = undefined;
  });
  return async (options = {}) => {
    await redis.flushall();
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
    return createStage(slack, redis, options);
  };
};

export const openRedis = (url: string): RedisClient => {
  return connectTestRedis(url, 'working');
};

const createStage = (
  slack: Workspace,
  redis: RedisClient,
  { access = open, clusters = ['prod-east', 'prod-west', 'staging'], owners }: StageOptions,
): Stage => {
  const config: Config = {
    ...configOf(access, clusters),
    history: { reports: 100, maxAgeMs: 30 * 86_400_000 },
    ...(owners && { owners }),
  };
  const client = new WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 10_000,
    logger: sdkLogger(log, 'web-api'),
  });
  const messageRefs = createMessageRefs(redis, sealer);
  const poster = createPoster({
    client,
    botUserId: people.bot.id,
    rateLimiter: createRateLimiter(redis, 1),
    messageRefs,
    log,
    lookAfterMs: 5,
    patienceMs: 1500,
    onRepeated: async (posted) =>
      void queued.push({ name: dropDoubles.name, payload: posted, id: posted.name }),
  });
  const checks: string[] = [];
  const audited: AuditEvent[] = [];
  const queued: Stage['queued'] = [];
  const shown = new Map<string, Report | ClusterReport>();
  const tools: JobServices = {
    config,
    authorizer: createAuthorizer({ client, access, home: { team: slack.teamId }, keepMs: 0 }),
    poster,
    outbox: testOutbox(redis, poster, slack.apiUrl),
    reports: createReports(redis, sealer, config.history),
    checkLocks: createCheckLocks(redis),
    clusterSlots: createClusterSlots(5),
    reach: async () => ({ ok: true, value: undefined }),
    fleetLines: createFleetLines(redis, sealer),
    fleetLanes: createSemaphore(4),
    fleetSlots: createClusterSlots(5),
    check: async ({ name }, { signal }) => {
      if (signal.aborted)
        return { ok: false, error: { cause: 'unreachable', message: 'aborted', temporary: true } };
      checks.push(name);
      const found = shown.get(name) ?? reportOf(name);
      return 'ok' in found
        ? found
        : { ok: true, value: { ...found, startedAt: new Date(Date.now()).toISOString() } };
    },
    mutes: createMutes(redis, sealer),
    subscriptions: createSubscriptions(redis, sealer),
    watches: createWatches(redis, sealer),
    announcements: createAnnouncements(redis, sealer),
    alertThreads: createAlertThreads(redis, sealer),
    environment: {},
    sendOut: (url, init) => fetch(url, init),
    receiverLimits: createReceiverLimits(),
    incidents: createIncidents(redis, sealer),
    digests: createDefinitions(redis, sealer),
    digestRuns: createDigestRuns(redis, sealer),
    zoneOf: createZoneOf(client),
    queue: async (job, payload, { id }) => {
      queued.push({ name: job.name, payload, id });
      return { kind: 'queued' };
    },
    examine: async () => {
      throw new Error('no digest examines the installation');
    },
    listPeerings: async () => {
      throw new Error('no digest lists peerings');
    },
    trace: async () => {
      throw new Error('no digest follows a path');
    },
    findImpact: async () => {
      throw new Error('no digest asks for an impact');
    },
    foretell: async () => {
      throw new Error('no digest foretells a change');
    },
    readSharedFile: async () => {
      throw new Error('no digest reads a file');
    },
    inspectAcl: async () => {
      throw new Error('no tokens are asked for here');
    },
    rationale: () => undefined,
    record: async (event) => {
      audited.push(event);
    },
    botName: 'peering-bot',
  };
  let serial = 0;
  return {
    slack,
    redis,
    tools,
    checks,
    audited,
    queued,
    show: (cluster, report) => {
      shown.set(cluster, report);
    },
    add: (over = {}) =>
      tools.digests.add({
        channel: channels.platform,
        team: slack.teamId,
        owner: people.requester.id,
        clusters: ['all'],
        when: { cron: '0 9 * * *', zone: 'Europe/Berlin', words: 'every day at 09:00' },
        onlyChanges: false,
        activeSince: Date.now(),
        request: `request-${(serial += 1)}`,
        ...over,
      }),
    run: (job, payload, over = {}, using = tools) =>
      job.handle({
        ...using,
        payload: job.payload.parse(payload) as never,
        id: `run-${(serial += 1)}`,
        since: Date.now(),
        attempt: 1,
        attempts: 5,
        signal: new AbortController().signal,
        log,
        ...over,
      }),
  };
};

/** From now on it is this moment, for this process; timers go on. */
export const at = (iso: string): number => {
  const ms = Date.parse(iso);
  jest.spyOn(Date, 'now').mockReturnValue(ms);
  return ms;
};
