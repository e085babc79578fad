import { createClusterSlots } from '../../../src/clusters/cluster-slots';
import type { AccessConfig, Config } from '../../../src/config/config';
import { checkCluster } from '../../../src/features/check/check-cluster';
import { checkKey, type CheckRequest } from '../../../src/features/check/check-request';
import type { JobRun, JobOutcome } from '../../../src/queue/define';
import type { ClusterReport } from '../../../src/clusters/run-check';
import { createCheckLocks } from '../../../src/features/check/check-locks.store';
import type { CheckServices } from '../../../src/features/check/check-request';
import { omitUndefined } from '../../../src/omit-undefined';
import { unqueuedNameOf, type ReplyServices } from '../../../src/slack/reply';
import { type Finding, type Report, summarize, verdictOf } from '../../../src/report/report';
import { failureWords } from '../../../src/render/failure';
import { renderFailure } from '../../../src/render/slack/failure';
import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { keys } from '../../../src/redis/keys';
import type { RedisClient } from '../../../src/redis/redis';
import { createIncidents } from '../../../src/features/incidents/incidents.store';
import { createReports } from '../../../src/features/history/reports.store';
import { testReplyServices, testRun } from '../../slack/job-services';
import { describeWith } from '../../lab/binaries';
import { type RedisServer, startRedis } from '../../lab/redis';
import { configOf } from '../../slack/support';
import { sealer } from '../../sealer';
import { connectTestRedis } from '../../redis-client';

const finding = (n: number): Finding => ({
  severity: 'error',
  subject: { kind: 'service', name: `service-${n}` },
  message: `service-${n} is not right`,
  evidence: [{ endpoint: `/v1/health/service/service-${n}`, path: '[0]', value: 'x'.repeat(500) }],
  remediation: [{ title: 'Set it right', language: 'hcl', code: `service "service-${n}" {}\n`.repeat(20) }],
  docs: 'https://docs.example/#services',
});

const reportWith = (findings: number): Report => {
  const results = Array.from({ length: Math.max(1, findings / 2) }, (_, n) => ({
    id: `check-${n}`,
    group: 'consul',
    title: `Fact ${n}`,
    status: findings > 0 ? ('fail' as const) : ('pass' as const),
    severity: 'error' as const,
    reason: '',
    findings: findings > 0 ? [finding(2 * n), finding(2 * n + 1)] : [],
  }));
  return {
    schemaVersion: 1,
    cluster: { name: 'prod-east', datacenter: 'dc1', consulVersion: '1.20.1' },
    peer: null,
    startedAt: '2026-11-23T06:00:00.000Z',
    durationMs: 40,
    verdict: verdictOf(results),
    summary: summarize(results),
    peers: [],
    notes: [],
    results,
  };
};

const request = (over: Partial<CheckRequest> = {}): CheckRequest => ({
  cluster: 'prod-east',
  peer: null,
  channel: channels.platform,
  user: people.requester.id,
  team: people.requester.teamId,
  ...over,
});

describeWith(['redis'], 'the job check-cluster', () => {
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

  interface Made {
    readonly checked?: ClusterReport | (() => Promise<ClusterReport>);
    readonly access?: AccessConfig;
    readonly config?: Config;
    readonly fetch?: typeof globalThis.fetch;
  }
  const toolsOf = ({ checked = { ok: true, value: reportWith(0) }, access, config, fetch }: Made = {}) => {
    const checks: string[] = [];
    const given = config ?? configOf(access);
    const tools: CheckServices & ReplyServices = {
      ...testReplyServices(omitUndefined({ redis, slack, config: given, fetch })),
      reports: createReports(redis, sealer, given.history),
      incidents: createIncidents(redis, sealer),
      checkLocks: createCheckLocks(redis),
      clusterSlots: createClusterSlots(5),
      check: async (cluster, { onProgress }) => {
        checks.push(cluster.name);
        onProgress(1, 2);
        return typeof checked === 'function' ? checked() : checked;
      },
      rationale: () => 'Because.',
    };
    return { tools, checks };
  };
  const go = (
    made: Made = {},
    over: Partial<CheckRequest> = {},
    run: Partial<JobRun> = {},
  ): Promise<JobOutcome> =>
    checkCluster.handle({ ...toolsOf(made).tools, ...testRun(run), payload: request(over) });
  const posts = (channel: string = channels.platform) => slack.messages(channel);
  const whisperTo = async (channel: string): Promise<string> => {
    const { payload } = await slack.typeCommand(people.requester.id, channel, '/peering check prod-east');
    return String(payload['response_url']);
  };
  const whispers = (channel: string) =>
    slack.ephemerals(people.requester.id, channel).filter(({ user }) => user !== people.slackbot.id);

  it('answers in one message, with its findings in the thread, and keeps the report', async () => {
    expect(await go({ checked: { ok: true, value: reportWith(4) } })).toEqual({
      kind: 'done',
      as: 'not-ready',
    });
    const [answer, ...others] = posts();
    expect(others).toEqual([]);
    expect(answer?.text).toContain('prod-east');
    expect(slack.thread(answer?.ts ?? '').length).toBeGreaterThan(0);
    expect(await createReports(redis, sealer, configOf().history).find('run-1')).toEqual(reportWith(4));
    expect(answer?.metadata).toMatchObject({ event_payload: { name: 'run-1' } });
  });

  it('shows in the answer who is on it, while the cluster is not ready', async () => {
    const incidents = createIncidents(redis, sealer);
    const broken = { checked: { ok: true, value: reportWith(4) } as const };
    await go(broken);
    const incident = (await incidents.of(['prod-east'], Date.now())).get('prod-east');
    if (incident === undefined) throw new Error('no incident');
    await incidents.take(incident, people.lead.id, Date.now());
    await go(broken, {}, { id: 'run-2' });
    expect(JSON.stringify(posts().map(({ blocks }) => blocks))).toContain(`<@${people.lead.id}>`);
    await go({}, {}, { id: 'run-3' });
    expect((await incidents.of(['prod-east'], Date.now())).size).toBe(0);
    expect(JSON.stringify(posts().at(-1)?.blocks)).not.toContain('incident/');
  });

  it('leaves an incident open if only one peer was checked, and is ready', async () => {
    const incidents = createIncidents(redis, sealer);
    await go({ checked: { ok: true, value: reportWith(4) } });
    await go({ checked: { ok: true, value: { ...reportWith(0), peer: 'west' } } }, {}, { id: 'run-2' });
    expect((await incidents.of(['prod-east'], Date.now())).size).toBe(1);
  });

  it('shows that it reads while it reads, and how far it is', async () => {
    let finish = (): void => undefined;
    const checked = () =>
      new Promise<ClusterReport>((resolve) => {
        finish = () => resolve({ ok: true, value: reportWith(0) });
      });
    const working = go({ checked });
    await slack.until(() => posts()[0]?.text.includes('reading the cluster'));
    const { ts } = posts()[0] ?? {};
    finish();
    await working;
    expect(posts().map((message) => message.ts)).toEqual([ts]);
    expect(posts()[0]?.text).toContain('ready');
  });

  it('attaches the whole report where it was cut, once', async () => {
    const made = { checked: { ok: true, value: reportWith(400) } as const };
    await go(made);
    await go(made);
    expect(posts()).toHaveLength(1);
    const files = slack.thread(posts()[0]?.ts ?? '').flatMap((message) => message.files);
    expect(files).toHaveLength(1);
    expect(files[0]?.content?.toString()).toContain('service-399');
  });

  it('does not run a check again whose report is there', async () => {
    await createReports(redis, sealer, configOf().history).save('run-1', reportWith(2));
    const { tools, checks } = toolsOf();
    await checkCluster.handle({ ...tools, ...testRun(), payload: request() });
    expect(checks).toEqual([]);
    expect(posts()[0]?.text).toContain('not ready');
  });

  it('does nothing after the note that it was not queued', async () => {
    const { tools, checks } = toolsOf();
    const target = { name: unqueuedNameOf('run-1'), since: Date.now(), channel: 'C1', user: 'U1' };
    const renderings = [{ message: renderFailure({ kind: 'queue-lost' }) }];
    await tools.outbox.put(target, { renderings, final: true, way: 'response-url' });
    const outcome = await checkCluster.handle({ ...tools, ...testRun(), payload: request() });
    expect(outcome).toEqual({ kind: 'done', as: 'answered' });
    expect(checks).toEqual([]);
    expect(posts()).toEqual([]);
  });

  it('lets the next one in where its worker died right after the answer', async () => {
    await go();
    const check = checkKey(request());
    expect(await createCheckLocks(redis).acquire(check, 'run-1')).toBe(true);
    expect(await go()).toEqual({ kind: 'done', as: 'answered' });
    expect(await createCheckLocks(redis).acquire(check, 'run-2')).toBe(true);
  });

  describe('a cluster that cannot be read', () => {
    const unreachable = { cause: 'unreachable', message: 'nobody listens', temporary: true } as const;
    const last = (checked: ClusterReport): string =>
      checked.ok
        ? ''
        : renderFailure({
            kind: 'cannot-read',
            cluster: 'prod-east',
            cause: checked.error.cause,
            message: checked.error.message,
          }).text;

    it.each(['unreachable', 'timeout', 'rate-limited', 'server'] as const)(
      'is tried again for %s, saying so, and told after the third time',
      async (cause) => {
        const checked = { ok: false, error: { ...unreachable, cause } } as const;
        expect((await go({ checked })).kind).toBe('retry');
        expect(posts()[0]?.text).toContain('trying again');
        expect((await go({ checked }, {}, { attempt: 2 })).kind).toBe('retry');
        expect(await go({ checked }, {}, { attempt: 3 })).toEqual({ kind: 'done', as: cause });
        expect(posts().map(({ text }) => text)).toEqual([last(checked)]);
      },
    );

    it.each(['forbidden', 'not-found', 'too-large', 'malformed'] as const)(
      'is reported at once for %s',
      async (cause) => {
        const checked = { ok: false, error: { ...unreachable, cause, temporary: false } } as const;
        expect(await go({ checked })).toEqual({ kind: 'done', as: cause });
        expect(posts().map(({ text }) => text)).toEqual([last(checked)]);
      },
    );

    it('gets its answer where a later attempt reads it', async () => {
      await go({ checked: { ok: false, error: unreachable } });
      expect(await go({}, {}, { attempt: 2 })).toEqual({ kind: 'done', as: 'ready' });
      expect(posts()).toHaveLength(1);
    });
  });

  describe('where the bot may not post', () => {
    it.each([channels.random, channels.secret, channels.archived])(
      'answers privately in %s, once, saying how to invite it',
      async (channel) => {
        const responseUrl = await whisperTo(channel);
        expect(await go({}, { channel, responseUrl })).toEqual({ kind: 'done', as: 'ready' });
        await go({}, { channel, responseUrl });
        expect(posts(channel)).toEqual([]);
        const [answer, ...others] = whispers(channel);
        expect(others).toEqual([]);
        expect(JSON.stringify(answer?.blocks)).toContain('/invite @peering-bot');
      },
    );

    it('answers in a direct message, once, where there is no address to respond to', async () => {
      const requester = { channel: channels.secret };
      expect(await go({}, requester)).toEqual({ kind: 'done', as: 'ready' });
      await go({}, requester);
      expect(posts(`D${people.requester.id.slice(1)}`)).toHaveLength(1);
    });

    it('answers in a direct message where the address no longer takes any', async () => {
      const responseUrl = `${new URL(slack.apiUrl).origin}/respond/gone`;
      expect((await go({}, { channel: channels.secret, responseUrl })).kind).toBe('done');
      expect(posts(`D${people.requester.id.slice(1)}`)).toHaveLength(1);
    });

    it('goes on privately where it was removed meanwhile', async () => {
      const responseUrl = await whisperTo(channels.platform);
      const checked = async (): Promise<ClusterReport> => {
        await slack.until(() => posts().length);
        slack.state.channels.get(channels.platform)?.members.delete(people.bot.id);
        const channel = slack.state.channels.get(channels.platform);
        if (channel) slack.state.channels.set(channel.id, { ...channel, kind: 'private' });
        return { ok: true, value: reportWith(0) };
      };
      expect((await go({ checked }, { responseUrl })).kind).toBe('done');
      expect(whispers(channels.platform)).toHaveLength(1);
    });
  });

  it('posts again if somebody deleted the message meanwhile', async () => {
    const checked = async (): Promise<ClusterReport> => {
      const [first] = await slack.until(() => posts().length > 0 && posts());
      await fetch(`${slack.apiUrl}chat.delete`, {
        method: 'POST',
        headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ channel: channels.platform, ts: first?.ts }),
      });
      return { ok: true, value: reportWith(0) };
    };
    expect(await go({ checked })).toEqual({ kind: 'done', as: 'ready' });
    expect(posts()).toHaveLength(1);
    expect(posts()[0]?.text).toContain('ready');
  });

  it('uses plainer blocks where the workspace refuses the rich ones', async () => {
    slack.faults.next('chat.update', { kind: 'error', error: 'invalid_blocks' });
    expect((await go({ checked: { ok: true, value: reportWith(4) } })).kind).toBe('done');
    const thread = slack.thread(posts()[0]?.ts ?? '');
    expect(JSON.stringify(thread.map(({ blocks }) => blocks))).not.toContain('container');
    expect(posts()[0]?.text).toContain('not ready');
  });

  it('splits again where Slack takes less text than planned for', async () => {
    await slack.stop();
    slack = await startWorkspace({
      manifest,
      messageRate: { perSecond: 1000, burst: 1000 },
      blockText: 4000,
    });
    expect((await go({ checked: { ok: true, value: reportWith(30) } })).kind).toBe('done');
    expect(posts()[0]?.text).toContain('not ready');
    expect(slack.thread(posts()[0]?.ts ?? '').length).toBeGreaterThan(1);
  });

  it('gives its worker back where the channel is busy for long, and leaves the answer to the outbox', async () => {
    slack.faults.next('chat.postMessage', { kind: 'ratelimited', retryAfter: 2 });
    const { tools, checks } = toolsOf();
    expect(await checkCluster.handle({ ...tools, ...testRun(), payload: request() })).toEqual({
      kind: 'done',
      as: 'ready',
    });
    expect(posts()).toEqual([]);
    const delivery = tools.outbox.start();
    await slack.until(() => posts().length, 'the answer');
    await delivery.stop();
    expect(posts().map(({ text }) => text.includes('reading'))).toEqual([false]);
    expect(checks).toHaveLength(1);
  });

  it('answers once where Slack fails for a while, and does not run the check again', async () => {
    const { tools, checks } = toolsOf();
    slack.faults.next('chat.postMessage', { kind: 'status', status: 503 }, 2);
    slack.faults.next('conversations.history', { kind: 'status', status: 503 });
    const delivery = tools.outbox.start();
    expect((await checkCluster.handle({ ...tools, ...testRun(), payload: request() })).kind).toBe('done');
    await slack.until(() => posts().length, 'the answer', 20_000);
    await delivery.stop();
    expect(posts()[0]?.text).toContain('ready for peering');
    expect(posts()).toHaveLength(1);
    expect(checks).toHaveLength(1);
  });

  it('changes nothing any more once it is aborted', async () => {
    const control = new AbortController();
    const checked = async (): Promise<ClusterReport> => {
      await slack.until(() => posts().length);
      control.abort('shutdown');
      return { ok: false, error: { cause: 'timeout', message: 'cancelled', temporary: true } };
    };
    expect((await go({ checked }, {}, { signal: control.signal })).kind).toBe('retry');
    expect(slack.traffic.calls('chat.update')).toEqual([]);
  });

  it('tells that it gave up, where it was given up', async () => {
    await go({ checked: { ok: false, error: { cause: 'unreachable', message: 'x', temporary: true } } });
    await checkCluster.abandon({ ...toolsOf().tools, ...testRun(), payload: request() });
    expect(posts().map(({ text }) => text)).toEqual([
      renderFailure({ kind: 'unexpected', requestId: 'run-1' }).text,
    ]);
  });

  it('tells that nothing was read, where it waited too long for other requests', async () => {
    await checkCluster.abandon({
      ...toolsOf().tools,
      ...testRun({ expired: 'cluster' }),
      payload: request(),
    });
    const said = JSON.stringify(slack.state.messages.get(`D${people.requester.id.slice(1)}`));
    expect(said).toContain(failureWords({ kind: 'expired', waitedFor: 'cluster' }).next);
    expect(said).not.toMatch(/internal error/i);
  });

  it('says that the cluster is gone from the configuration', async () => {
    const responseUrl = await whisperTo(channels.platform);
    const { tools, checks } = toolsOf({ config: configOf(undefined, ['prod-west']) });
    expect(await checkCluster.handle({ ...tools, ...testRun(), payload: request({ responseUrl }) })).toEqual({
      kind: 'done',
      as: 'refused',
    });
    expect(checks).toEqual([]);
    expect(whispers(channels.platform)).toHaveLength(1);
  });

  describe('asks who it is before anything else', () => {
    const nobody: AccessConfig = { restrict: true, grants: [] };
    const open: AccessConfig = { restrict: false, grants: [] };
    it.each([
      ['a guest', people.guest, people.guest.teamId, open],
      ['a stranger', people.stranger, people.stranger.teamId, open],
      ['a stranger under this team’s name', people.stranger, people.requester.teamId, open],
      ['somebody whose right ended meanwhile', people.requester, people.requester.teamId, nobody],
    ] as const)('%s', async (_, person, team, access) => {
      const { payload } = await slack.typeCommand(person.id, channels.partners, '/peering check prod-east');
      const responseUrl = String(payload['response_url']);
      const { tools, checks } = toolsOf({ access });
      const requester = request({ user: person.id, team, channel: channels.partners, responseUrl });
      expect(await checkCluster.handle({ ...tools, ...testRun(), payload: requester })).toEqual({
        kind: 'done',
        as: 'refused',
      });
      expect(checks).toEqual([]);
      expect(posts(channels.partners)).toEqual([]);
    });

    it('and lets nobody in while Slack cannot tell', async () => {
      slack.faults.next('users.info', { kind: 'status', status: 500 }, 3);
      const responseUrl = await whisperTo(channels.platform);
      expect((await go({}, { responseUrl })).kind).toBe('delay');
      expect((await go({}, { responseUrl }, { attempt: 3 })).kind).toBe('delay');
      expect(posts()).toEqual([]);
    });
  });

  /** Everything that a run calls in Slack, and what a process that dies there leaves. */
  describe('killed at any call', () => {
    const report = reportWith(60);
    const texts = (): readonly string[] => [
      ...posts().map(({ text }) => text),
      ...slack
        .thread(posts()[0]?.ts ?? '')
        .map(({ text, files }) => text || files.map(({ name }) => name).join()),
    ];
    /** A process that dies at its n-th call to Slack: nothing after it happens, and the call itself perhaps. */
    const dyingAt = (n: number, done: boolean) => {
      let calls = 0;
      let died = (): void => undefined;
      const death = new Promise<void>((resolve) => {
        died = resolve;
      });
      const dying: typeof globalThis.fetch = async (...args) => {
        calls += 1;
        if (calls < n) return fetch(...args);
        if (calls === n && done) await fetch(...args);
        died();
        return new Promise(() => undefined);
      };
      return { fetch: dying, death, calls: () => calls };
    };

    it('the answer is there once, whole', async () => {
      await go({ checked: { ok: true, value: report } });
      const whole = texts();
      expect(whole.length).toBeGreaterThan(3);
      const total = slack.traffic.all.filter(({ from }) => from === 'app').length;
      expect(total).toBeGreaterThan(8);
      for (let n = 1; n <= total; n++) {
        for (const done of [false, true]) {
          await redis.flushall();
          for (const list of slack.state.messages.values()) list.length = 0;
          const process = dyingAt(n, done);
          const first = go({ checked: { ok: true, value: report }, fetch: process.fetch });
          await Promise.race([process.death, first]);
          // Its lease has ended.
          await redis.del(keys.outboxLeases);
          const { tools } = toolsOf({ checked: { ok: true, value: report } });
          await checkCluster.handle({ ...tools, ...testRun(), payload: request() });
          await tools.outbox.deliver('run-1');
          expect([n, done, ...texts()]).toEqual([n, done, ...whole]);
        }
      }
    }, 60_000);
  });
});
