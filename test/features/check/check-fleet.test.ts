import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { OwnerConfig } from '../../../src/config/config';
import { manifest } from '../../local-manifest';
import { channels, people } from '../../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { type ClusterSlots, createClusterSlots } from '../../../src/clusters/cluster-slots';
import type { ReachCluster } from '../../../src/clusters/reach-cluster';
import type { RunCheck } from '../../../src/clusters/run-check';
import type { AccessConfig, Config } from '../../../src/config/config';
import { createSemaphore } from '../../../src/consul/semaphore';
import { checkFleetJob } from '../../../src/features/check/check-fleet-job';
import { createCheckLocks } from '../../../src/features/check/check-locks.store';
import type { FleetFile } from '../../../src/features/check/fleet-file';
import { createFleetLines } from '../../../src/features/check/fleet-lines.store';
import type { FleetRequest } from '../../../src/features/check/fleet-request';
import { createIncidents } from '../../../src/features/incidents/incidents.store';
import { createReports } from '../../../src/features/history/reports.store';
import type { JobRun } from '../../../src/queue/define';
import { keys } from '../../../src/redis/keys';
import type { RedisClient } from '../../../src/redis/redis';
import {
  type Finding,
  type Report,
  type StateChange,
  summarize,
  verdictOf,
} from '../../../src/report/report';
import { failure, success } from '../../../src/result';
import { describeWith } from '../../lab/binaries';
import { type RedisServer, startRedis } from '../../lab/redis';
import { connectTestRedis } from '../../redis-client';
import { sealer } from '../../sealer';
import { testReplyServices, testRun } from '../../slack/job-services';
import { configOf } from '../../slack/support';

const errorOn = (name: string): Finding => ({
  severity: 'error',
  subject: { kind: 'service', name },
  message: `${name} is not right`,
  evidence: [],
  remediation: [],
  docs: '',
});

const reportOf = (cluster: string, broken: readonly string[] = [], over: Partial<Report> = {}): Report => {
  const results = [
    {
      id: 'fact',
      group: 'consul',
      title: 'A fact',
      status: broken.length > 0 ? ('fail' as const) : ('pass' as const),
      severity: 'error' as const,
      reason: '',
      findings: broken.map(errorOn),
    },
  ];
  return {
    schemaVersion: 1,
    cluster: { name: cluster, datacenter: 'dc1', consulVersion: '1.20.1' },
    peer: null,
    startedAt: '2026-11-23T06:00:00.000Z',
    durationMs: 40,
    verdict: verdictOf(results),
    summary: summarize(results),
    peers: [],
    notes: [],
    results,
    ...over,
  };
};

/** The cells of all tables in messages, without their heads. */
const rowsIn = (messages: readonly { readonly blocks?: unknown }[]): readonly (readonly string[])[] =>
  messages
    .flatMap(({ blocks }) => blocks as { type: string; rows?: { text: string }[][] }[])
    .flatMap(({ type, rows = [] }) => (type === 'data_table' ? rows.slice(1) : []))
    .map((row) => row.map(({ text }) => text));

describeWith(['redis'], 'a check of several clusters', () => {
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
    readonly names?: readonly string[];
    readonly access?: AccessConfig;
    readonly config?: Config;
    readonly check?: RunCheck;
    readonly reach?: ReachCluster;
    readonly clusterSlots?: ClusterSlots;
    readonly lanes?: number;
    readonly run?: Partial<JobRun>;
  }
  const go = (
    what: Partial<FleetRequest>,
    {
      names = ['prod-east', 'prod-west', 'staging'],
      access,
      config = configOf(access, names),
      check = async ({ name }) => success(reportOf(name)),
      reach = async () => success(undefined),
      clusterSlots = createClusterSlots(5),
      lanes = 4,
      run,
    }: Made = {},
  ) =>
    checkFleetJob.handle({
      ...testReplyServices({ redis, slack, config }),
      ...testRun(run),
      reports: createReports(redis, sealer, config.history),
      incidents: createIncidents(redis, sealer),
      checkLocks: createCheckLocks(redis),
      fleetLines: createFleetLines(redis, sealer),
      clusterSlots,
      fleetSlots: createClusterSlots(5),
      fleetLanes: createSemaphore(lanes),
      check,
      reach,
      rationale: () => undefined,
      payload: {
        words: ['all'],
        short: false,
        channel: channels.platform,
        user: people.requester.id,
        team: people.requester.teamId,
        ...what,
      },
    });
  const posts = () => slack.messages(channels.platform);
  const rows = () => rowsIn([...posts(), ...slack.thread(posts()[0]?.ts ?? '')]);
  const clustersShown = () => rows().map(([name]) => name);

  it('answers in one message, worst first, with what cannot be read as a row', async () => {
    const check: RunCheck = async ({ name }) =>
      name === 'staging'
        ? failure({ cause: 'forbidden', message: 'no rights', temporary: false })
        : success(reportOf(name, name === 'prod-west' ? ['web'] : []));
    expect((await go({}, { check })).kind).toBe('done');
    expect(posts()).toHaveLength(1);
    expect(clustersShown()).toEqual(['prod-west', 'staging', 'prod-east']);
    expect(rows().map(([, , errors]) => errors)).toEqual(['1', '–', '0']);
    expect(JSON.stringify(slack.thread(posts()[0]?.ts ?? ''))).toContain('no rights');
  });

  it('stores each report as a run of its own, and compares it with the one before', async () => {
    const reports = createReports(redis, sealer, configOf().history);
    await reports.save('before', reportOf('prod-east', ['web']));
    const nextDay = { startedAt: '2026-11-24T06:00:00.000Z' };
    const check: RunCheck = async ({ name }) => success(reportOf(name, ['web', 'api'], nextDay));
    await go({ words: ['prod-east'] }, { check });
    expect((await reports.latest(['prod-east'])).get('prod-east')?.run).toBe('run-1/prod-east');
    expect(rows()[0]?.[4]).toBe('1 new, 0 resolved');
    const [thread] = slack.thread(posts()[0]?.ts ?? '');
    const isNew = (text: string) =>
      JSON.stringify(thread?.blocks).split(text)[1]?.split('"')[0]?.includes('new');
    expect([isNew('api'), isNew('web')]).toEqual([true, false]);
  });

  it.each([
    ['owner:payments', ['prod-west']],
    ['owner:S0PAY', ['prod-west']],
    ['label:env=prod', ['prod-west']],
    ['label:env', ['prod-west', 'staging']],
  ])('selects by owner and label, among what the person may see: %s', async (word, expected) => {
    const names = ['prod-east', 'prod-west', 'staging'];
    const open = configOf(
      {
        restrict: true,
        grants: [{ allow: ['check'], users: [people.requester.id], clusters: ['prod-west', 'staging'] }],
      },
      names,
    );
    const config = {
      ...open,
      owners: new Map([
        ['prod-east', ownedBy('payments', 'S0PAY', { env: 'prod' })],
        ['prod-west', ownedBy('payments', 'S0PAY', { env: 'prod' })],
        ['staging', ownedBy('platform', 'S0PLATFORM', { env: 'test' })],
      ]),
    };
    await go({ words: [word] }, { config });
    expect(new Set(clustersShown())).toEqual(new Set(expected));
    await go({ words: ['owner:payment'] }, { config, run: { id: 'run-2' } });
    const told = JSON.stringify([...slack.state.messages.values()].flat().map(({ blocks }) => blocks));
    expect(told).toContain('owner:payments');
    expect(told).not.toContain('prod-east');
  });

  it('shows nothing of an earlier run that names a cluster which the person may not see', async () => {
    const reports = createReports(redis, sealer, configOf().history);
    await reports.save('before', reportOf('prod-east', ['web'], { otherSides: ['prod-west'] }));
    const open = configOf({
      restrict: true,
      grants: [{ allow: ['check'], users: [people.requester.id], clusters: ['prod-east'] }],
    });
    await go({}, { config: open, check: async ({ name }) => success(reportOf(name, [])) });
    expect(rows().map((row) => row[4])).toEqual(['—']);
  });

  it('takes only clusters that the person may see, and names no other', async () => {
    const access: AccessConfig = {
      restrict: true,
      grants: [{ allow: ['check'], users: [people.requester.id], clusters: ['prod-*'] }],
    };
    const checked: string[] = [];
    const check: RunCheck = async ({ name }) => {
      checked.push(name);
      return success(reportOf(name));
    };
    await go({ words: ['all'] }, { access, check });
    await go({ words: ['stag*'] }, { access, check, run: { id: 'run-2' } });
    await go({ words: ['prod-east', 'prod-west', 'staging'] }, { access, check, run: { id: 'run-3' } });
    expect(checked.toSorted()).toEqual(['prod-east', 'prod-west']);
    const told = JSON.stringify(slack.traffic.calls('chat.postMessage')).replaceAll(
      /stag\*|\bstaging\b(?=\W+ is not)/g,
      '',
    );
    expect(clustersShown()).toEqual(['prod-east', 'prod-west']);
    expect(told.match(/staging/g)?.length ?? 0).toBeLessThanOrEqual(2);
  });

  it('reads a second name that the person may not see as a peer, like one that does not exist', async () => {
    const access: AccessConfig = {
      restrict: true,
      grants: [{ allow: ['check'], users: [people.requester.id], clusters: ['prod-east'] }],
    };
    const requested: unknown[] = [];
    const check: RunCheck = async ({ name }, { peer }) => {
      requested.push([name, peer]);
      return success(reportOf(name));
    };
    await go({ words: ['prod-east', 'prod-west'] }, { access, check });
    await go({ words: ['prod-east', 'prod-west'] }, { check, run: { id: 'run-2' } });
    expect(requested.slice(0, 1)).toEqual([['prod-east', 'prod-west']]);
    expect(requested.slice(1).map(String).toSorted()).toEqual(['prod-east,', 'prod-west,']);
  });

  it('reads a second name as a peer where the first cluster has a peering of that name', async () => {
    const reports = createReports(redis, sealer, configOf().history);
    const peers = [{ name: 'prod-west', state: 'ACTIVE' }];
    await reports.save('before', reportOf('prod-east', [], { peers }));
    const requested: unknown[] = [];
    const check: RunCheck = async ({ name }, { peer }) => {
      requested.push([name, peer]);
      return success(reportOf(name));
    };
    await go({ words: ['prod-east', 'prod-west'] }, { check });
    expect(requested).toEqual([['prod-east', 'prod-west']]);
  });

  it('continues after its worker died, with one answer and without reading a cluster twice', async () => {
    const checked: string[] = [];
    const control = new AbortController();
    const dying: RunCheck = async ({ name }) => {
      checked.push(name);
      if (name !== 'staging') return success(reportOf(name));
      await slack.until(async () => (await redis.hlen(keys.fleetLines('run-1'))) === 2);
      control.abort('shutdown');
      return success(reportOf(name));
    };
    expect((await go({}, { check: dying, lanes: 1, run: { signal: control.signal } })).kind).toBe('retry');
    const check: RunCheck = async ({ name }) => {
      checked.push(name);
      return success(reportOf(name));
    };
    expect((await go({}, { check })).kind).toBe('done');
    expect((await go({}, { check })).kind).toBe('done');
    expect(checked).toEqual(['prod-east', 'prod-west', 'staging', 'staging']);
    expect(posts()).toHaveLength(1);
    expect(clustersShown()).toEqual(['prod-east', 'prod-west', 'staging']);
  });

  it('gives no lane to a cluster that does not answer', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
    const stalled = (name: string) => Number(name.slice(1)) < 10;
    let release = (): void => undefined;
    const answers = new Promise<void>((resolve) => (release = resolve));
    const reach: ReachCluster = async ({ name }) => {
      if (!stalled(name)) return success(undefined);
      await answers;
      return failure({ cause: 'timeout', message: 'silent', temporary: true });
    };
    const checked = new Set<string>();
    const check: RunCheck = async ({ name }) => {
      checked.add(name);
      if (checked.size === 10) release();
      return success(reportOf(name));
    };
    expect((await go({}, { names, reach, check, lanes: 1 })).kind).toBe('done');
    expect([...checked].filter(stalled)).toEqual([]);
    expect(clustersShown()).toHaveLength(20);
  });

  it('leaves its lane to others while a cluster has no slot', async () => {
    const clusterSlots = createClusterSlots(5);
    const taken = [clusterSlots.take('prod-east', Date.now()), clusterSlots.take('prod-east', Date.now())];
    const order: string[] = [];
    const check: RunCheck = async ({ name }) => {
      order.push(name);
      if (order.length === 2) taken[0]?.(Date.now());
      return success(reportOf(name));
    };
    await go({}, { check, clusterSlots, lanes: 1 });
    expect(order).toEqual(['prod-west', 'staging', 'prod-east']);
  });

  it('shows 200 clusters within the limits of Slack', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `cluster-with-a-long-name-${index}`);
    const check: RunCheck = async ({ name }) => success(reportOf(name, ['web', 'api', 'billing']));
    expect((await go({}, { names, check })).kind).toBe('done');
    expect(new Set(clustersShown()).size).toBe(200);
    const refused = [
      ...slack.traffic.calls('chat.postMessage'),
      ...slack.traffic.calls('chat.update'),
    ].filter(({ response }) => !response.startsWith('{"ok":true'));
    expect(refused.map(({ response }) => response)).toEqual([]);
  });

  it('says in its file what is new and resolved since the run before, and what changed, as its schema says', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `c${index}`);
    const reports = createReports(redis, sealer, configOf().history);
    await reports.save('before', reportOf('c7', ['web', 'billing']));
    const change: StateChange = {
      kind: 'changed',
      section: 'configEntries',
      subject: { kind: 'exported-services', name: 'default' },
      field: 'Services[api].Consumers[0].Peer',
      from: 'west',
      to: 'wset',
      indexes: { from: 812, to: 861 },
    };
    const check: RunCheck = async ({ name }) => {
      const { results, ...report } = reportOf(name, ['web', 'api'], {
        startedAt: '2026-11-24T06:00:00.000Z',
      });
      const changed = { run: 'before', since: '2026-11-23T06:00:00.000Z', changes: [change], more: 0 };
      const withChange = results.map((result) => ({
        ...result,
        findings: result.findings.map((finding) =>
          finding.subject.name === 'api' ? { ...finding, changed } : finding,
        ),
      }));
      return success({ ...report, results: withChange });
    };
    await go({}, { names, check });
    const [file] = slack.files();
    const content = JSON.parse(file?.content?.toString() ?? '') as FleetFile;
    const rowOf = (name: string) => {
      const found = content.clusters.find(({ cluster }) => cluster === name);
      return {
        ...found,
        findings: found?.findings.map((one) => [one.subject.name, one.isNew, one.change?.to]),
        resolvedIssues: found?.resolvedIssues.map(({ subject }) => subject.name),
      };
    };
    expect(rowOf('c7')).toMatchObject({
      isFirst: false,
      verdictBefore: 'not-ready',
      resolvedIssues: ['billing'],
      findings: [
        ['web', false, undefined],
        ['api', true, 'wset'],
      ],
    });
    expect(rowOf('c8')).toMatchObject({ isFirst: true, verdictBefore: null, resolvedIssues: [] });
    const schema = JSON.parse(
      readFileSync(resolve(__dirname, '../../../docs/schema/fleet-file.schema.json'), 'utf8'),
    ) as object;
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
    validate(content);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('leaves out clusters that are ready, where only others are requested', async () => {
    const check: RunCheck = async ({ name }) => success(reportOf(name, name === 'staging' ? ['web'] : []));
    await go({ short: true }, { check });
    expect(clustersShown()).toEqual(['staging']);
  });
});

const ownedBy = (name: string, usergroup: string, labels: OwnerConfig['labels']): OwnerConfig => ({
  name,
  usergroup,
  channel: channels.platform,
  approvers: { users: [], usergroups: [usergroup] },
  labels,
  samePerson: false,
});
