import { testOutbox } from '../../slack/outbox';
import { randomUUID } from 'node:crypto';
import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import { createIsolated } from '../../../src/clusters/isolated';
import { createProcessPool, type ProcessPool } from '../../../src/clusters/process-pool';
import type { ClusterConfig, Config, Grant, OwnerConfig } from '../../../src/config/config';
import { createClients } from '../../../src/clusters/clients';
import type { AnyJob, JobOutcome, JobRun, JobType } from '../../../src/queue/define';
import { createAuthorizer } from '../../../src/access/authorizer';
import { createPoster } from '../../../src/slack/api/poster';
import { requestApproval } from '../../../src/features/approvals/new-requests/request-approval';
import { openApprovals } from '../../../src/features/approvals/store/approvals.store';
import { createTokenServices } from '../../../src/features/approvals/jobs/create-services';
import { decideApproval } from '../../../src/features/approvals/decisions/decide-approval';
import type { RequestApproval } from '../../../src/features/approvals/jobs/payloads';
import { revealToken } from '../../../src/features/approvals/token/reveal-token';
import { seal } from '../../../src/features/approvals/jobs/open-sealed-job';
import { startSweeper } from '../../../src/features/approvals/reconcile/sweeper';
import type { TokenServices } from '../../../src/features/approvals/jobs/services';
import { voidTokenJob } from '../../../src/features/approvals/reconcile/void-token-job';
import { jobs, type JobServices } from '../../../src/app/jobs';
import { approvalButtons, shownRequest } from '../../../src/features/approvals/cards/buttons';
import { renderNoticeModal } from '../../../src/render/slack/notice';
import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace } from '../../../sandbox/workspace/workspace';
import { sdkLogger } from '../../../src/slack/sdk-logger';
import { createSigner, type Signer } from '../../../src/signing/sign';
import { createFileAnchor } from '../../../src/features/audit/anchor-file';
import { type Audit, openAudit } from '../../../src/features/audit/audit.store';
import { createMessageRefs } from '../../../src/slack/api/message-refs.store';
import { createReports } from '../../../src/features/history/reports.store';
import { createRateLimiter } from '../../../src/slack/api/rate-limiter.store';
import { type ConsulAgent, startConsul } from '../../lab/consul';
import { readPeering } from '../../lab/pair';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { type Proxy, startProxy } from './proxy';
import { createSealer } from '../../../src/signing/seal-record';
import { connectTestRedis } from '../../redis-client';

/** The key of everything that a stage signs and stores. */
export const stageKey = 'key-of-the-stage-of-approvals-0123';
const sealer = createSealer({ signingKey: stageKey });

const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' });

const { requester, approver } = people;

/** One cluster on the stage: a real Consul behind a proxy that can break. */
export interface StageCluster {
  readonly agent: ConsulAgent;
  readonly proxy: Proxy;
}

/** Two real clusters, `prod-east` and `prod-west`, not peered. Started once for a file. */
export interface Scenery {
  readonly redis: RedisServer;
  readonly east: StageCluster;
  readonly west: StageCluster;
  readonly env: Readonly<Record<string, string>>;
  readonly pool: ProcessPool;
  /** Deletes all peerings and services, and waits until they are gone. */
  readonly clear: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const startSeparateClusters = (): Promise<readonly ConsulAgent[]> =>
  Promise.all([startConsul({ datacenter: 'east' }), startConsul({ datacenter: 'west' })]);

/** @param startAgents starts the servers of `prod-east` and `prod-west`; default: two clusters with ACLs */
export const startScenery = async (startAgents = startSeparateClusters): Promise<Scenery> => {
  const [redis, agents] = await Promise.all([startRedis(), startAgents()]);
  const [east, west] = await Promise.all(
    agents.map(async (agent) => ({ agent, proxy: await startProxy(agent.address) })),
  );
  if (!east || !west) throw new Error('no clusters');
  // No more than the README asks for.
  const tokens = await Promise.all(
    agents.map(async (agent) =>
      agent.token ? (await agent.tokenWith('peering = "write" mesh = "write"')).secret : 'no-acls',
    ),
  );
  // Starts its processes when they are needed.
  const pool = createProcessPool({
    count: 2,
    memoryMiB: 256,
    deadlineMs: 60_000,
    environment: {},
    onCall: () => undefined,
  });
  const clear = async (): Promise<void> => {
    for (const { agent, proxy } of [east, west]) {
      proxy.reset();
      await agent.request('DELETE', '/v1/config/exported-services/default');
      await agent.request('DELETE', '/v1/config/service-intentions/api');
      for (const id of Object.keys(await agent.call<object>('GET', '/v1/agent/services')))
        await agent.request('PUT', `/v1/agent/service/deregister/${id}`);
      const list = await agent.call<{ Name: string }[] | null>('GET', '/v1/peerings');
      for (const { Name } of list ?? []) await agent.request('DELETE', `/v1/peering/${Name}`);
      await waitFor('no peering to be left', async () => {
        const left = await agent.call<unknown[] | null>('GET', '/v1/peerings');
        return (left ?? []).length === 0;
      });
    }
  };
  return {
    redis,
    east,
    west,
    env: {
      WRITE_EAST: tokens[0] ?? '',
      WRITE_WEST: tokens[1] ?? '',
      READ_EAST: east.agent.token || 'no-acls',
      READ_WEST: west.agent.token || 'no-acls',
    },
    pool,
    clear,
    stop: async () => {
      pool.close();
      for (const { agent, proxy } of [east, west]) {
        proxy.stop();
        await agent.stop();
      }
      await redis.stop();
    },
  };
};

/** A test's own workspace, people and store, over the scenery. */
/** Starts one scenery for all tests of a block, and sets a stage in it for each. The test stops its stage. */
export const setStageForEach = (
  use: (set: { readonly scenery: Scenery; readonly stage: Stage }) => void,
  startAgents = startSeparateClusters,
): void => {
  let scenery: Scenery;
  beforeAll(async () => {
    scenery = await startScenery(startAgents);
  });
  afterAll(() => scenery.stop());
  beforeEach(async () => {
    await scenery.clear();
    use({ scenery, stage: await setStage(scenery) });
  });
};

export type Stage = Awaited<ReturnType<typeof setStage>>;

export interface StageOptions {
  readonly grants?: readonly Grant[];
  /** True: nothing is open to everybody. */
  readonly restrict?: boolean;
  readonly expiresMs?: number;
  readonly approvers?: readonly string[];
  /** Owners of clusters, by name. */
  readonly owners?: Readonly<Record<string, OwnerConfig>>;
  readonly activeWithinMs?: number;
  /** Reads clusters for checks, in processes of the scenery. */
  readonly readsClusters?: boolean;
  /** File in which the head of the audit trail is kept. */
  readonly anchor?: string;
  /** Changes the configuration that jobs see from now on. */
  readonly clusters?: (name: string, cluster: ClusterConfig) => ClusterConfig | undefined;
}

export const grantAll: Grant = {
  allow: ['token', 'connect', 'disconnect', 'renew', 'export', 'unexport'],
  users: [requester.id],
};

export const setStage = async (scenery: Scenery, options: StageOptions = {}) => {
  const redis = connectTestRedis(scenery.redis.url, 'working');
  await redis.flushall();
  const slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
  const client = new WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 10_000,
    logger: sdkLogger(log, 'web-api'),
  });
  const signer: Signer = createSigner(stageKey);
  const anchor = options.anchor === undefined ? undefined : createFileAnchor(options.anchor);
  const audit: Audit = openAudit(redis, signer, { maxAgeMs: 3_600_000, onEntry: () => undefined, anchor });

  const cluster = (name: string, { proxy }: StageCluster, env: string, peers: object): ClusterConfig => ({
    name,
    address: proxy.address,
    tls: {},
    allowPlainHttp: false,
    gatewayTokens: [],
    peers: { ...peers },
    peeringToken: { env },
  });
  const all = [
    cluster('prod-east', scenery.east, 'WRITE_EAST', { west: 'prod-west' }),
    cluster('prod-west', scenery.west, 'WRITE_WEST', { east: 'prod-east' }),
  ];
  const configOf = ({
    grants = [grantAll],
    expiresMs = 60_000,
    approvers = [approver.id],
    restrict = false,
    owners,
    clusters,
  }: StageOptions): Config => ({
    clusters: new Map(
      all.flatMap((one): [string, ClusterConfig][] => {
        // Consul takes up to 10 s to refuse the list of peerings to a reader without a token.
        const given = { ...one, token: { env: one.name === 'prod-east' ? 'READ_EAST' : 'READ_WEST' } };
        const changed = clusters ? clusters(given.name, given) : given;
        return changed === undefined ? [] : [[one.name, changed]];
      }),
    ),
    access: { restrict, grants },
    ...(owners && { owners: new Map(Object.entries(owners)) }),
    approvals: {
      channel: channels.approvals,
      approvers: { users: approvers, usergroups: [] },
      expiresMs,
    },
    history: { reports: 10, maxAgeMs: 3_600_000 },
  });

  const queued: { readonly name: string; readonly payload: unknown; readonly id: string }[] = [];
  const clients = createClients(scenery.env, undefined, 'write');
  const readers = createClients(scenery.env);
  const messageRefs = createMessageRefs(redis, sealer);
  const poster = createPoster({
    client,
    messageRefs,
    log,
    botUserId: people.bot.id,
    rateLimiter: createRateLimiter(redis, 1),
    lookAfterMs: 5,
    patienceMs: 1500,
  });
  const home = { team: slack.teamId };
  const toolsWith = (more: StageOptions = options): JobServices & { readonly tokens: TokenServices } => {
    const config = configOf({ ...options, ...more });
    const tokens = createTokenServices({
      client,
      config,
      home,
      clients,
      readers,
      signed: { signer, audit, approvals: openApprovals(redis, signer, audit) },
      activeWithinMs: more.activeWithinMs ?? 15_000,
      producer: {
        enqueue: async (job, payload, { id }) => {
          if (!queued.some((one) => one.id === id)) queued.push({ name: job.name, payload, id });
          return { kind: 'queued' };
        },
      },
    });
    const tools = {
      config,
      authorizer: createAuthorizer({ client, access: config.access, home }),
      poster,
      outbox: testOutbox(redis, poster, slack.apiUrl),
      reports: createReports(redis, sealer, config.history),
      rationale: () => undefined,
      record: async () => undefined,
      ...((more.readsClusters ?? options.readsClusters) && {
        findImpact: createIsolated({ config, environment: scenery.env, pool: scenery.pool, log }).findImpact,
      }),
      botName: 'peering-bot',
      tokens,
    };
    // Services that these jobs do not use are missing.
    return tools as unknown as JobServices & { readonly tokens: TokenServices };
  };
  let tools = toolsWith();

  const runOf = (id: string, over: Partial<JobRun> = {}): JobRun => ({
    id,
    since: Date.now(),
    attempt: 1,
    attempts: 1,
    signal: new AbortController().signal,
    log,
    ...over,
  });
  const sealedFor = <Payload>(job: JobType<Payload>, what: object, id: string): Payload =>
    seal(signer, { id, job: job.name, at: Date.now() }, what) as Payload;
  const run = (
    job: AnyJob<JobServices>,
    what: object,
    { id = randomUUID(), ...over }: Partial<JobRun> = {},
  ): Promise<JobOutcome> =>
    job.handle({ ...tools, ...runOf(id, over), payload: sealedFor(job, what, id) as never });

  const runQueuedJob = (
    { name, payload, id }: (typeof queued)[number],
    over: Partial<JobRun> = {},
  ): Promise<JobOutcome> => {
    const job = jobs.find((one) => one.name === name);
    if (job === undefined) throw new Error(`no job ${name}`);
    return job.handle({ ...tools, ...runOf(id, over), payload: payload as never });
  };

  const actorOf = async (user: string, channel: string = channels.approvals) => {
    const { payload } = await slack.typeCommand(user, channel, '/peering help');
    const team = slack.state.users.get(user)?.teamId ?? '';
    return { user, team, channel, responseUrl: String(payload['response_url']) };
  };

  const token = {
    kind: 'token',
    acceptor: 'prod-east',
    dialer: null,
    peer: 'west',
    dialerPeer: null,
  } as const;
  const connect = {
    kind: 'connect',
    acceptor: 'prod-east',
    dialer: 'prod-west',
    peer: 'west',
    dialerPeer: 'east',
  } as const;
  const disconnect = { ...connect, kind: 'disconnect' } as const;
  const renew = { ...connect, kind: 'renew' } as const;
  const exporting = { ...token, kind: 'export', service: 'api' } as const;
  const unexporting = { ...exporting, kind: 'unexport' } as const;
  type What = Partial<Omit<RequestApproval['claim'], 'id' | 'job' | 'at'>>;
  const ask = async (what: What = {}, over: Partial<JobRun> = {}): Promise<JobOutcome> =>
    run(
      requestApproval,
      { ...token, replace: false, reason: 'moves', ...(await actorOf(requester.id)), ...what },
      over,
    );

  /** Opens an empty modal, as a click on Reveal does. */
  const openModal = async (user: string = requester.id): Promise<string> => {
    const { payload } = await slack.typeCommand(user, channels.approvals, '/peering help');
    const opened = await client.views.open({
      trigger_id: String(payload['trigger_id']),
      view: renderNoticeModal('Peering token', { blocks: [{ type: 'divider' }] }),
    });
    return opened.view?.id ?? '';
  };
  const revealClick = async (user: string) => {
    const { request } = await only();
    return { ...shownRequest(request), view: await openModal(user), ...(await actorOf(user)) };
  };
  const cards = () => slack.messages(channels.approvals).filter(({ fromBot }) => fromBot);
  const card = () => {
    const last = cards().at(-1);
    if (last === undefined) throw new Error('no card');
    return { ts: last.ts, text: JSON.stringify(last.blocks) };
  };
  const only = async () => {
    const keys = await redis.keys('peering-bot:{approvals}:request:*');
    if (keys.length !== 1) throw new Error(`${keys.length} requests`);
    const id = keys[0]?.split(':').at(-1) ?? '';
    const record = await tools.tokens.approvals.find(id);
    if (typeof record === 'string') throw new Error(record);
    return record;
  };
  const buttons = (): readonly string[] =>
    Object.values(approvalButtons)
      .map(({ id }) => id)
      .filter((id) => card().text.includes(id));

  return {
    slack,
    redis,
    signer,
    audit,
    ask,
    run,
    runOf,
    sealedFor,
    actorOf,
    card,
    cards,
    buttons,
    queued,
    runQueuedJob,
    token,
    connect,
    disconnect,
    renew,
    export: exporting,
    unexport: unexporting,
    tools: () => tools,
    /** The one request there is. */
    record: only,
    state: async () => (await only()).state,
    actions: async () => (await audit.read(0)).map(({ action }) => action),
    /** Another configuration from now on. */
    reconfigure: (more: StageOptions) => {
      tools = toolsWith(more);
    },
    decide: async (
      verdict: 'approved' | 'denied' | 'cancelled',
      user: string = approver.id,
      over: Partial<JobRun> = {},
      reason = '',
    ): Promise<JobOutcome> => {
      const { request } = await only();
      return run(
        decideApproval,
        { ...shownRequest(request), verdict, reason, ...(await actorOf(user)) },
        over,
      );
    },
    /** Clicks Reveal: opens the empty modal, then does the job. */
    reveal: async (user: string = requester.id, over: Partial<JobRun> = {}): Promise<JobOutcome> =>
      run(revealToken, await revealClick(user), over),
    revealClick,
    openModal,
    /** Clicks Reveal twice before a worker takes the first: the second modal takes the place of the first. */
    revealTwice: async (): Promise<readonly JobOutcome[]> => {
      const clicks = [await revealClick(requester.id), await revealClick(requester.id)];
      return Promise.all(clicks.map((click) => run(revealToken, click)));
    },
    /** One click on Reveal, whose job may be run again and again. */
    sealedReveal: async (): Promise<() => Promise<JobOutcome>> => {
      const click = await revealClick(requester.id);
      return () => run(revealToken, click, { id: 'reveal-1' });
    },
    /** Runs one job by several workers at once, and by one more later. */
    revealBy: async (workers: number): Promise<readonly JobOutcome[]> => {
      const click = await revealClick(requester.id);
      const one = (): Promise<JobOutcome> => run(revealToken, click, { id: 'reveal-1' });
      const outcomes = await Promise.all(Array.from({ length: workers }, one));
      return [...outcomes, await one()];
    },
    /** Everything that Redis holds, as text. */
    held: async (): Promise<string> => {
      const read: Record<string, (key: string) => Promise<unknown>> = {
        string: (key) => redis.get(key),
        hash: (key) => redis.hgetall(key),
        list: (key) => redis.lrange(key, 0, -1),
        set: (key) => redis.smembers(key),
        zset: (key) => redis.zrange(key, '0', '-1'),
      };
      const keys = await redis.keys('*');
      const values = keys.map(async (key) => [key, await read[await redis.type(key)]?.(key)]);
      return JSON.stringify(await Promise.all(values)).replaceAll('\\\\', '');
    },
    void: async (user: string = requester.id): Promise<JobOutcome> => {
      const { request } = await only();
      return run(voidTokenJob, { ...shownRequest(request), ...(await actorOf(user)) });
    },
    /** Does what was queued. */
    runQueued: async (): Promise<readonly JobOutcome[]> => {
      const outcomes: JobOutcome[] = [];
      for (const one of queued.splice(0)) {
        outcomes.push(await runQueuedJob(one));
      }
      return outcomes;
    },
    sweep: async (): Promise<void> => {
      const sweeper = startSweeper(tools, log, 3_600_000);
      await sweeper.sweep();
      await sweeper.stop();
    },
    /** Moves a request to its end by Redis's clock: what is due, its card or its unused token. */
    overdue: async (list: 'due' | 'cards' | 'unused' = 'due'): Promise<void> => {
      const { request } = await only();
      await redis.zadd(`peering-bot:{approvals}:${list}`, 'XX', 1, request.id);
    },
    /** Messages of the bot in the direct conversation with a person. */
    told: (user: string = requester.id) => {
      const im = [...slack.state.channels.values()].find(
        ({ kind, members }) => kind === 'im' && members.has(user),
      );
      return im === undefined ? [] : slack.messages(im.id).map(({ text }) => text);
    },
    whispers: (user: string = requester.id) => slack.ephemerals(user).map(({ text }) => text),
    view: (user: string = requester.id): string => JSON.stringify(slack.views(user).at(-1)?.content ?? {}),
    /** The token in the open modal. */
    shownToken: (user: string = requester.id): string => {
      const blocks = (slack.views(user).at(-1)?.content['blocks'] ?? []) as { text?: { text?: string } }[];
      return blocks
        .map(({ text }) => /^```\n([A-Za-z0-9+/=]+)\n```$/.exec(text?.text ?? '')?.[1] ?? '')
        .join('');
    },
    stop: async () => {
      clients.close();
      readers.close();
      redis.disconnect();
      await slack.stop();
    },
  };
};

/** Peers the two clusters as an administrator does, and waits until both are ACTIVE. */
export const peerClusters = async (
  { east, west }: Pick<Scenery, 'east' | 'west'>,
  { peer = 'west', dialerPeer = 'east', meta = {} } = {},
): Promise<void> => {
  const { PeeringToken } = await east.agent.call<{ PeeringToken: string }>('POST', '/v1/peering/token', {
    PeerName: peer,
    Meta: meta,
  });
  await west.agent.call('POST', '/v1/peering/establish', { PeerName: dialerPeer, PeeringToken, Meta: meta });
  await waitFor('both to be ACTIVE', async () => {
    const states = [await peeringOf(east, peer), await peeringOf(west, dialerPeer)];
    return states.every((one) => one?.State === 'ACTIVE');
  });
};

/** The peering of a cluster as it is; undefined where there is none. */
export const peeringOf = async (
  { agent }: StageCluster,
  name: string,
): Promise<
  | { readonly State: string; readonly ID: string; readonly PeerID?: string; readonly Meta?: object }
  | undefined
> => {
  const { status, body } = await agent.request<{ State: string; ID: string }>('GET', `/v1/peering/${name}`);
  return status === 200 ? body : undefined;
};

/** Lets a service of the west call `api` of the east, as far as the clusters know: all that is missing are Envoys. */
export const callFromWest = async (
  { east, west }: Pick<Scenery, 'east' | 'west'>,
  service: string,
): Promise<void> => {
  const passing = { TTL: '24h', Status: 'passing' };
  const gateway = {
    Kind: 'mesh-gateway',
    Name: 'mesh-gateway',
    Address: '192.0.2.10',
    Port: 8443,
    Check: passing,
  };
  const register = (agent: ConsulAgent, definition: object): Promise<unknown> =>
    agent.call('PUT', '/v1/agent/service/register', definition);
  const withSidecar = (Name: string, Proxy: object): object => ({
    Name,
    Port: 9090,
    Check: passing,
    Connect: { SidecarService: { Port: 21_000, Check: passing, Proxy } },
  });
  await register(east.agent, gateway);
  await register(west.agent, gateway);
  await register(east.agent, withSidecar('api', {}));
  await register(
    west.agent,
    withSidecar(service, {
      Upstreams: [{ DestinationName: 'api', DestinationPeer: 'east', LocalBindPort: 9191 }],
    }),
  );
  await east.agent.call('PUT', '/v1/config', {
    Kind: 'service-intentions',
    Name: 'api',
    Sources: [{ Name: service, Peer: 'west', Action: 'allow' }],
  });
};

/** Exports `api` of the east to the west, and waits until the west knows. */
export const exportApi = async ({ east, west }: Pick<Scenery, 'east' | 'west'>): Promise<void> => {
  await east.agent.call('PUT', '/v1/config', {
    Kind: 'exported-services',
    Name: 'default',
    Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }],
  });
  await waitFor('api to be imported', async () => {
    const { StreamStatus } = await readPeering(west.agent, 'east');
    return StreamStatus?.ImportedServices?.includes('api');
  });
};
