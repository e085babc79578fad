import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebClient } from '@slack/web-api';
import { callSlack } from '../../src/slack/api/call';
import type { Report } from '../../src/report/report';
import { createReports } from '../../src/features/history/reports.store';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';
import { connect, type Served, serve } from './support';
import { sealer } from '../sealer';

describeWith(['redis'], 'metrics', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let health: Served;
  let slack: Server;
  /** The next answer of Slack: a status and a body. */
  let answer: readonly [number, string] = [200, '{"ok":true}'];
  beforeAll(async () => {
    server = await startRedis();
    redis = await connect(server.url);
    slack = createServer((_, response) => {
      const [status, body] = answer;
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' }).end(body);
    });
    await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
  });
  const slackUrl = (path = '/api/'): string =>
    `http://127.0.0.1:${(slack.address() as AddressInfo).port}${path}`;
  afterAll(async () => {
    slack.close();
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    health = await serve(redis, {}, slackUrl());
  });
  afterEach(() => health.stop());

  it('counts calls of Slack by method and outcome, and those that it limits', async () => {
    const client = new WebClient('xoxb-secret', {
      slackApiUrl: slackUrl(),
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      fetch: health.monitor.slackFetch,
    });
    const post = () => callSlack(() => client.chat.postMessage({ channel: 'C1', text: 'x' }));
    const samples: readonly (readonly [string, readonly [number, string]])[] = [
      ['ok', [200, '{"ok":true}']],
      ['refused', [200, '{"ok":false,"error":"not_in_channel"}']],
      ['rate-limited', [429, '']],
      ['lost', [503, 'sorry']],
    ];
    for (const [outcome, next] of samples) {
      answer = next;
      expect((await post()).ok).toBe(outcome === 'ok');
      const sample = `peering_bot_slack_calls_total{method="chat.postMessage",outcome="${outcome}"}`;
      expect([outcome, await health.metric(sample)]).toEqual([outcome, 1]);
    }
    expect(await health.metric('peering_bot_slack_rate_limited_total{method="chat.postMessage"}')).toBe(1);

    answer = [200, 'ok'];
    await health.monitor.slackFetch(slackUrl('/upload/v1/capability'), { method: 'POST' });
    await health.monitor.respond(slackUrl('/commands/T1/capability'), { text: 'x', blocks: [] });
    const { body } = await health.get('/metrics');
    expect(body).toContain('{method="upload",outcome="ok"} 1');
    expect(body).toContain('{method="response_url",outcome="ok"} 1');
    expect(body).not.toMatch(/capability|xoxb/);
  });

  it('counts calls of Consul by cluster and outcome, also before there were any', async () => {
    expect(await health.metric('peering_bot_consul_calls_total{cluster="prod-west",outcome="ok"}')).toBe(0);
    const call = { cluster: 'prod-east', endpoint: '/v1/agent/self', startedAt: 0, tookMs: 20 };
    health.monitor.consulCalled({ ...call, outcome: 'ok' });
    health.monitor.consulCalled({ ...call, outcome: 'timeout' });
    const { body } = await health.get('/metrics');
    expect(body).toContain('peering_bot_consul_calls_total{cluster="prod-east",outcome="timeout"} 1');
    expect(body).toContain('peering_bot_consul_call_duration_seconds_count{cluster="prod-east"} 2');
    // Endpoints would make a series each.
    expect(body).not.toContain('/v1/agent/self');
  });

  it('ends the series of a cluster that is no longer configured, and begins those of a new one', async () => {
    let names = ['old', 'kept'];
    const own = await serve(redis, {}, slackUrl(), () => names);
    const call = { endpoint: '/v1/agent/self', startedAt: 0, tookMs: 20 };
    for (const outcome of ['ok', 'timeout']) {
      own.monitor.consulCalled({ ...call, cluster: 'old', outcome });
      own.monitor.consulCalled({ ...call, cluster: 'kept', outcome });
    }
    expect((await own.get('/metrics')).body).toContain('cluster="old"');
    names = ['kept', 'new'];
    // A job that runs to its end with the configuration from before.
    own.monitor.consulCalled({ ...call, cluster: 'old', outcome: 'lost' });
    const { body } = await own.get('/metrics');
    expect(body).not.toContain('cluster="old"');
    expect(body).toContain('peering_bot_consul_calls_total{cluster="kept",outcome="timeout"} 1');
    expect(body).toContain('peering_bot_consul_calls_total{cluster="new",outcome="ok"} 0');
    await own.stop();
  });

  it('escapes names of peerings, and ends the series of one that is gone', async () => {
    let peers = [{ name: 'we"st\\\n} 1\npeering_bot_redis_up 7', state: 'ACTIVE' }];
    const at = '2026-01-01T00:00:00.000Z';
    const latest = async () => new Map([['prod-east', { verdict: 'ready' as const, at, peers }]]);
    const own = await serve(redis, { latest }, slackUrl());
    const states = async () =>
      (await own.get('/metrics')).body
        .split('\n')
        .filter((line) => line.startsWith('peering_bot_peering_state{') && line.endsWith(' 1'));
    const name = String.raw`we\"st\\\n} 1\npeering_bot_redis_up 7`;
    expect(await states()).toEqual([
      `peering_bot_peering_state{cluster="prod-east",peer="${name}",state="ACTIVE"} 1`,
    ]);
    peers = [];
    expect(await states()).toEqual([]);
    await own.stop();
  });

  it('gives a metric no label that Prometheus gives itself', async () => {
    health.monitor.jobEnded({ job: 'check-cluster', outcome: 'fine', ms: 1 });
    expect((await health.get('/metrics')).body).not.toMatch(/[{,](?:job|instance)="/);
  });

  it('shows the newest verdict and findings of configured clusters alone', async () => {
    const reports = createReports(redis, sealer, { reports: 10, maxAgeMs: 60_000 });
    const finding = (severity: 'error' | 'warning') => ({
      severity,
      subject: { kind: 'peering', name: 'west' },
      message: 'm',
      evidence: [],
      remediation: [],
      docs: '',
    });
    const report = (name: string): Report => ({
      schemaVersion: 1,
      cluster: { name, datacenter: 'dc1', consulVersion: '1.20.1' },
      peer: null,
      startedAt: '2026-01-01T00:00:00.000Z',
      durationMs: 1,
      verdict: 'not-ready',
      summary: { errors: 1, warnings: 0, passed: 0, skipped: 0, unknown: 0, muted: 0 },
      peers: [
        {
          name: 'west',
          state: 'ACTIVE',
          lastHeardAt: '2025-12-31T23:59:50.000Z',
          importedServices: 2,
          exportedServices: 1,
          caExpiresAt: '2026-06-01T00:00:00.000Z',
          paths: { pass: 3, fail: 1, unknown: 0 },
        },
        { name: 'north', state: 'PENDING' },
      ],
      notes: [],
      results: [
        {
          id: 'peering-active',
          group: 'peerings',
          title: 't',
          status: 'fail',
          severity: 'error',
          reason: '',
          findings: [finding('error'), finding('error'), finding('warning')],
        },
      ],
    });
    expect((await health.get('/metrics')).body).not.toContain('peering_bot_verdict{');
    await reports.save('r-1', report('prod-east'));
    await reports.save('r-2', report('once-configured'));
    const { body } = await health.get('/metrics');
    expect(body).toContain('peering_bot_verdict{cluster="prod-east",verdict="not-ready"} 1');
    expect(body).toContain('peering_bot_verdict{cluster="prod-east",verdict="ready"} 0');
    expect(body).toContain('peering_bot_findings{cluster="prod-east",severity="error"} 2');
    expect(body).toContain('peering_bot_findings{cluster="prod-east",severity="warning"} 1');
    expect(body).toContain(`peering_bot_checked_timestamp_seconds{cluster="prod-east"} 1767225600`);
    const west = 'cluster="prod-east",peer="west"';
    expect(body).toContain(`peering_bot_peering_state{${west},state="ACTIVE"} 1`);
    expect(body).toContain(`peering_bot_peering_state{${west},state="FAILING"} 0`);
    expect(body).toContain(`peering_bot_peering_heartbeat_age_seconds{${west}} 10`);
    expect(body).toContain(`peering_bot_peering_imported_services{${west}} 2`);
    expect(body).toContain(`peering_bot_peering_exported_services{${west}} 1`);
    expect(body).toContain(`peering_bot_peering_ca_expiry_timestamp_seconds{${west}} 1780272000`);
    expect(body).toContain(`peering_bot_peering_paths{${west},state="fail"} 1`);
    // A value that is not known is left out, not shown as 0.
    const north = 'cluster="prod-east",peer="north"';
    expect(body).toContain(`peering_bot_peering_state{${north},state="PENDING"} 1`);
    expect(body).not.toContain(`peering_bot_peering_heartbeat_age_seconds{${north}}`);
    expect(body).not.toContain(`peering_bot_peering_paths{${north}`);
    expect(body).toMatch(/^peering_bot_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
    expect(body).not.toContain('once-configured');
  });
});
