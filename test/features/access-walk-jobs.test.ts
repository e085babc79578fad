import { shownRequest } from '../../src/features/approvals/cards/buttons';
import { randomUUID } from 'node:crypto';
import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import { z } from 'zod';
import type { Config } from '../../src/config/config';
import type { JobRun } from '../../src/queue/define';
import { createAuthorizer } from '../../src/access/authorizer';
import { createPoster } from '../../src/slack/api/poster';
import { jobs, type JobServices } from '../../src/app/jobs';
import { openApprovals } from '../../src/features/approvals/store/approvals.store';
import { createTokenServices } from '../../src/features/approvals/jobs/create-services';
import { seal } from '../../src/features/approvals/jobs/open-sealed-job';
import { manifest } from '../local-manifest';
import { channels, partnerTeam, people, team } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { sdkLogger } from '../../src/slack/sdk-logger';
import { createSigner } from '../../src/signing/sign';
import { auditMaxAgeMs, openAudit } from '../../src/features/audit/audit.store';
import { createDefinitions } from '../../src/features/digests/definitions.store';
import { createMessageRefs } from '../../src/slack/api/message-refs.store';
import type { RedisClient } from '../../src/redis/redis';
import { createRateLimiter } from '../../src/slack/api/rate-limiter.store';
import { testOutbox } from '../slack/outbox';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';
import { sealer } from '../sealer';
import { connectTestRedis } from '../redis-client';

/**
 * Every job that somebody stands behind, handled as everyone who may not, whatever the listener let through. A new
 * one is found here by itself; it needs a payload that nobody can guess, and this test says so until it has one.
 */

jest.setTimeout(30_000);

const log = pino({ level: 'silent' });
const signer = createSigner('a-key-of-at-least-32-characters!');
const { stranger, guest, requester, approver } = people;

/** A person as payloads hold them. */
interface Person {
  readonly user: string;
  readonly team: string;
}

const outsiders: readonly (readonly [string, Person, readonly string[]])[] = [
  ['a stranger of a shared channel', { user: stranger.id, team: partnerTeam.id }, ['*']],
  ['somebody of another team under the name of this one', { user: stranger.id, team: team.id }, ['*']],
  ['a guest', { user: guest.id, team: team.id }, ['*']],
  ['somebody who is no longer allowed', { user: requester.id, team: team.id }, []],
];

/** Outcomes of jobs for a person without access: a digest is paused, and its owner notified. */
const endings = ['refused', 'not-allowed', 'paused'];

/** Parts of a payload that say who stands behind it. */
const personal = ['user', 'requestedBy', 'owner'];

const propertiesOf = (schema: z.ZodType): readonly string[] => {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' }) as {
    properties?: Record<string, { properties?: object }>;
  };
  return [...Object.keys(properties), ...Object.keys(properties['claim']?.properties ?? {})];
};
const withPerson = jobs.filter(({ payload }) =>
  propertiesOf(payload).some((property) => personal.includes(property)),
);

describeWith(['redis'], 'jobs of those who may not', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    await redis.flushall();
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 1000, burst: 1000 } });
  });
  afterEach(() => slack.stop());

  /** Stands for whatever nobody here may cause: notes that it was called, and throws. `but` may be used. */
  const forbiddenIn = (effects: string[], name: string, but: object = {}): never =>
    new Proxy(() => undefined, {
      get: (_, key) => {
        if (typeof key === 'symbol' || key === 'then') return undefined;
        return Reflect.get(but, key) ?? forbiddenIn(effects, `${name}.${key}`);
      },
      apply: () => {
        effects.push(name);
        throw new Error(`${name} was called`);
      },
    }) as never;

  const stage = (granted: readonly string[], person: Person) => {
    const client = new WebClient(slack.botToken, {
      slackApiUrl: slack.apiUrl,
      retryConfig: { retries: 0 },
      logger: sdkLogger(log, 'web-api'),
    });
    const grants = [{ allow: [...granted], users: [person.user, people.lead.id] }];
    const config: Config = {
      clusters: new Map(
        ['prod-east', 'prod-west'].map((name) => [
          name,
          {
            name,
            address: 'http://127.0.0.1:1',
            tls: {},
            allowPlainHttp: false,
            gatewayTokens: [],
            peers: {},
            peeringToken: { env: 'WRITE' },
          },
        ]),
      ),
      access: { restrict: true, grants: granted.length === 0 ? [] : grants },
      approvals: {
        channel: channels.approvals,
        approvers: {
          users: granted.length === 0 ? [approver.id] : [person.user, approver.id],
          usergroups: [],
        },
        expiresMs: 60_000,
      },
      history: { reports: 10, maxAgeMs: 3_600_000 },
    };
    const effects: string[] = [];
    const forbidden = (name: string, but?: object): never => forbiddenIn(effects, name, but);
    const audit = openAudit(redis, signer, { maxAgeMs: auditMaxAgeMs, onEntry: () => undefined });
    const messageRefs = createMessageRefs(redis, sealer);
    const poster = createPoster({
      client,
      messageRefs,
      log,
      botUserId: people.bot.id,
      rateLimiter: createRateLimiter(redis, 1),
      lookAfterMs: 5,
    });
    const home = { team: team.id };
    const definitions = createDefinitions(redis, sealer);
    const made = createTokenServices({
      client,
      config,
      home,
      signed: { signer, audit, approvals: openApprovals(redis, signer, audit) },
      readers: forbidden('the clients that read'),
      clients: forbidden('the clients that write'),
      producer: forbidden('the queue of tokens'),
    });
    // Whatever modal was clicked in is there.
    const tokens = { ...made, fillModal: async () => ({ ok: true, value: undefined }) as const };
    const tools: JobServices = {
      config,
      authorizer: createAuthorizer({ client, access: config.access, home }),
      poster,
      outbox: testOutbox(redis, poster, slack.apiUrl),
      reports: forbidden('reports', { find: async () => undefined }),
      check: forbidden('check'),
      // Releasing a lock takes nothing from others: only its holder can.
      checkLocks: forbidden('checkLocks', { release: async () => undefined }),
      clusterSlots: forbidden('clusterSlots'),
      reach: forbidden('reach'),
      fleetLines: forbidden('fleetLines'),
      fleetLanes: forbidden('fleetLanes'),
      fleetSlots: forbidden('fleetSlots'),
      mutes: forbidden('mutes'),
      inspectAcl: forbidden('inspectAcl'),
      listPeerings: forbidden('listPeerings'),
      examine: forbidden('examine'),
      trace: forbidden('trace'),
      foretell: forbidden('foretell'),
      readSharedFile: forbidden('readSharedFile'),
      findImpact: forbidden('findImpact'),
      digests: forbidden('digests', { find: definitions.find, change: definitions.change }),
      digestRuns: forbidden('digestRuns', quietRuns),
      zoneOf: forbidden('zoneOf'),
      queue: forbidden('queue'),
      subscriptions: forbidden('subscriptions'),
      watches: forbidden('watches'),
      announcements: forbidden('announcements'),
      alertThreads: forbidden('alertThreads'),
      environment: {},
      sendOut: forbidden('sendOut'),
      receiverLimits: forbidden('receiverLimits'),
      incidents: forbidden('incidents'),
      rationale: () => undefined,
      record: async () => undefined,
      tokens,
      botName: 'peering-bot',
    };
    return { tools, tokens, effects, audit, definitions };
  };
  type Stage = ReturnType<typeof stage>;

  /** Keys that a run may write before it asks who its owner is. */
  const quietRuns = {
    state: async () => ({ refusals: 0 }),
    clusters: async () => [],
    note: async () => undefined,
  };

  const requestBy = async (
    user: string,
    { tokens: { approvals } }: Stage,
    kind: 'token' | 'export' = 'token',
  ) => {
    const draft = {
      kind,
      acceptor: 'prod-east',
      dialer: null,
      peer: 'west',
      dialerPeer: null,
      replace: false,
      reason: '',
      requester: user,
      team: team.id,
      channel: channels.platform,
      plan: [],
      digest: '',
    } as const;
    const created = await approvals.create(randomUUID(), draft, 60_000);
    if (typeof created === 'string') throw new Error(created);
    return created.request.id;
  };
  const approved = async (user: string, on: Stage, kind: 'token' | 'export' = 'token') => {
    const id = await requestBy(user, on, kind);
    const decision = { verdict: 'approved', by: 'U0SOMEBODY', team: team.id, reason: '' } as const;
    await on.tokens.approvals.decide(id, decision);
    return id;
  };

  /** Payload of each job, without its requester; and the request that decides, if there is one. */
  const samples: Readonly<
    Record<
      string,
      (person: Person, on: Stage) => Promise<{ readonly what: object; readonly request?: string }>
    >
  > = {
    'check-cluster': async () => ({ what: { cluster: 'prod-east', peer: null } }),
    'check-fleet': async () => ({ what: { words: ['all'], short: false } }),
    'check-with-files': async () => ({
      what: { cluster: 'prod-east', files: [{ id: 'F1', name: 'exports.hcl' }] },
    }),
    doctor: async () => ({ what: {} }),
    'list-peerings': async () => ({ what: { words: ['all'] } }),
    'trace-call': async () => ({
      what: { cluster: 'prod-east', service: 'web', destination: 'api', peer: null },
    }),
    'find-impact': async () => ({ what: { cluster: 'prod-east', part: 'api' } }),
    'inspect-acl': async () => ({ what: { cluster: 'prod-east', accessor: null, share: true } }),
    'manage-digest': async () => ({
      what: {
        change: {
          kind: 'add',
          clusters: ['prod-east'],
          when: { cron: '0 9 * * *', words: 'daily 09:00' },
          zone: 'UTC',
          onlyChanges: false,
        },
      },
    }),
    'run-digest': async (person, { definitions }) => {
      const { id } = await definitions.add({
        channel: channels.platform,
        team: person.team,
        owner: person.user,
        clusters: ['prod-east'],
        when: { cron: '0 9 * * *', words: 'daily 09:00', zone: 'UTC' },
        onlyChanges: false,
        activeSince: 0,
        request: 'request-1',
      });
      return { what: { digest: id, planned: Date.now(), requestedBy: person.user } };
    },
    'ask-approval': async () => ({
      what: {
        kind: 'connect',
        acceptor: 'prod-east',
        dialer: 'prod-west',
        peer: 'west',
        dialerPeer: 'east',
        replace: false,
        reason: '',
      },
    }),
    'decide-approval': async (_, on) => {
      const request = await requestBy(people.lead.id, on);
      const record = await on.tokens.approvals.find(request);
      if (typeof record === 'string') throw new Error(record);
      return { what: { ...shownRequest(record.request), verdict: 'approved', reason: '' }, request };
    },
    'reveal-token': async ({ user }, on) => {
      const request = await approved(user, on);
      return { what: { request, view: 'V1' }, request };
    },
    'void-token': async ({ user }, on) => {
      const request = await approved(user, on);
      const started = await on.tokens.approvals.start(request, 'job-1');
      const fence = started.ok ? started.value.fence : 0;
      await on.tokens.approvals.end(request, 'lose', { message: 'open', facts: [] }, { fence });
      return { what: { request }, request };
    },
    'undo-export': async ({ user }, on) => {
      const request = await approved(user, on, 'export');
      const started = await on.tokens.approvals.start(request, 'job-1');
      const fence = started.ok ? started.value.fence : 0;
      await on.tokens.approvals.end(request, 'finish', { message: 'done', facts: [] }, { fence });
      const record = await on.tokens.approvals.find(request);
      if (typeof record === 'string') throw new Error(record);
      return { what: shownRequest(record.request), request };
    },
  };

  const responseUrl = async (user: string): Promise<string> => {
    const { payload } = await slack.typeCommand(user, channels.platform, '/peering help');
    return String(payload['response_url']);
  };

  /** Messages of the bot that others can read. */
  const saidToAll = () =>
    [channels.platform, channels.approvals].flatMap((channel) =>
      slack.messages(channel).filter(({ fromBot }) => fromBot),
    );

  it('has a way to try each of them', () => {
    expect(withPerson.length).toBeGreaterThan(2);
    expect(withPerson.map(({ name }) => name).filter((name) => samples[name] === undefined)).toEqual([]);
  });

  describe.each(withPerson.map((job) => [job.name, job] as const))('%s', (name, job) => {
    const handled = async (person: Person, granted: readonly string[]) => {
      const on = stage(granted, person);
      const made = await samples[name]?.(person, on);
      const id = randomUUID();
      const actor = { ...person, channel: channels.platform, responseUrl: await responseUrl(person.user) };
      const head = { id, job: name, at: Date.now() };
      const isSealed = propertiesOf(job.payload).includes('claim');
      const what = { ...actor, ...made?.what };
      // As the worker reads it: what a payload does not know falls away, or is refused.
      const payload = job.payload.parse(isSealed ? seal(signer, head, what) : what) as never;
      const signal = new AbortController().signal;
      const run: JobRun = { id, since: Date.now(), attempt: 1, attempts: 1, signal, log };
      const before = made?.request && (await on.tokens.approvals.find(made.request));
      const outcome = await job
        .handle({ ...on.tools, ...run, payload })
        .catch((error: unknown) => String(error));
      return { on, outcome, request: made?.request, before };
    };

    it('goes on for somebody who may, so that a refusal is one', async () => {
      const { on, outcome } = await handled({ user: requester.id, team: team.id }, ['*']);
      const refused = typeof outcome === 'object' && outcome.kind === 'done' && endings.includes(outcome.as);
      expect([on.effects.length > 0, refused]).toEqual([true, false]);
    });

    it.each(outsiders)('refuses %s', async (_, person, granted) => {
      const { on, outcome, request, before } = await handled(person, granted);
      expect(endings.map((as) => ({ kind: 'done', as }))).toContainEqual(outcome);
      expect(on.effects).toEqual([]);
      expect(saidToAll()).toEqual([]);
      if (request !== undefined) {
        expect(await on.tokens.approvals.find(request)).toEqual(before);
        const { action, requestId, person: noted } = (await on.audit.newest(1))[0] ?? {};
        expect([action, requestId, noted]).toEqual(['refused-click', request, person.user]);
      }
    });
  });
});
