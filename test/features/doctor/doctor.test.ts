import { createServer } from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'bullmq';
import { parse } from 'yaml';
import { startWorkspace, type Workspace } from '../../../sandbox/workspace/workspace';
import { channels } from '../../../sandbox/workspace/people';
import { doctor } from '../../../src/cli/commands/doctor';
import { exit } from '../../../src/cli/command';
import { parseClustersFile } from '../../../src/config/parse-clusters-file';
import { botNeeds } from '../../../src/acl/needs';
import type { DoctorLine } from '../../../src/features/doctor';
import { examineClusters } from '../../../src/features/doctor/examine-clusters';
import { optionalScopes, scopePurposes } from '../../../src/features/doctor/scope-purposes';
import { queuePrefix } from '../../../src/redis/keys';
import { runInProcess } from '../../cli/support';
import { describeWith } from '../../lab/binaries';
import { type ConsulAgent, startConsul } from '../../lab/consul';
import { waitFor } from '../../lab/process';
import { type RedisServer, startRedis } from '../../lab/redis';
import { manifest } from '../../local-manifest';

jest.setTimeout(60_000);

it('knows each scope of the manifest', () => {
  const text = readFileSync(join(__dirname, '../../../manifest.yml'), 'utf8');
  const { oauth_config } = parse(text) as { oauth_config: { scopes: { bot: string[] } } };
  expect(new Set(Object.keys(scopePurposes))).toEqual(new Set(oauth_config.scopes.bot));
});

describeWith(['consul', 'redis'], 'peering-bot doctor', () => {
  let agent: ConsulAgent;
  let redis: RedisServer;
  let slack: Workspace;
  let folder: string;

  beforeAll(async () => {
    [agent, redis, slack] = await Promise.all([startConsul(), startRedis(), startWorkspace({ manifest })]);
    folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  });
  afterAll(async () => {
    await Promise.all([agent?.stop(), redis?.stop(), slack?.stop()]);
    rmSync(folder, { recursive: true });
  });

  const run = async (clusters: string, env: Readonly<Record<string, string>> = {}) => {
    const file = join(folder, 'clusters.yml');
    writeFileSync(file, clusters);
    const { code, out } = await runInProcess([doctor], ['doctor', '-o', 'json', '--clusters', file], {
      env: {
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
        SLACK_API_URL: slack.apiUrl,
        REDIS_URL: redis.url,
        PEERING_SIGNING_KEY: 'the-output-of-openssl-rand-hex-32',
        TOKEN: agent.token,
        ...env,
      },
    });
    expect(out).not.toContain(agent.token);
    expect(out).not.toContain(slack.botToken);
    const lines = JSON.parse(out) as readonly DoctorLine[];
    const of = (status: DoctorLine['status']) =>
      lines.filter((line) => line.status === status).map(({ area, fact }) => `${area}: ${fact}`);
    // Each problem and each warning says what to do.
    expect(lines.filter(({ status, fix }) => ['problem', 'warning'].includes(status) && fix === '')).toEqual(
      [],
    );
    return {
      lines,
      code,
      problems: of('problem'),
      warnings: of('warning'),
      ok: of('ok'),
      unknown: of('unknown'),
    };
  };

  const cluster = (more = ''): string =>
    `clusters:\n  prod: { address: '${agent.address}', token: { env: TOKEN } }\n${more}`;

  it('finds nothing wrong but the workers that are not there', async () => {
    const { code, problems, ok } = await run(cluster());
    expect(problems.map((line) => line.split(':')[0])).toEqual(['workers', 'workers', 'workers']);
    expect(code).toBe(exit.findings);
    expect(ok.join('\n')).toContain(agent.datacenter);
    expect(ok.filter((line) => line.startsWith('Slack'))).toHaveLength(3);
  });

  it('says which receivers get events, without their secrets', async () => {
    const receivers = `webhooks:
  ops: { url: 'https://events.example/path', secret: { env: HOOK } }
  none: { url: 'https://events.example/path', secret: { env: HOOK }, clusters: [other-*] }
pagerduty: { oncall: { routing_key: { env: MISSING } } }
`;
    const found = await run(cluster(receivers), { HOOK: 'hunter2' });
    const events = (lines: readonly string[]) => lines.filter((line) => line.startsWith('events:'));
    expect([found.ok, found.warnings, found.problems].map((lines) => events(lines).length)).toEqual([
      1, 1, 1,
    ]);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it('says whether Alertmanager is answered', async () => {
    const alertmanager = `alertmanager: { token: { env: AM }, channel: ${channels.platform}, owner: U012AB3CD }\n`;
    const alerts = async (env: Readonly<Record<string, string>>) => {
      const { ok, problems } = await run(cluster(alertmanager), env);
      return [ok, problems].map((lines) => lines.filter((line) => line.startsWith('alerts:')).length);
    };
    expect(await alerts({ AM: 'hunter2', PORT: '8081' })).toEqual([1, 0]);
    expect(await alerts({ AM: 'hunter2' })).toEqual([0, 1]);
    expect(await alerts({ PORT: '8081' })).toEqual([0, 1]);
  });

  it('says whether a worker listens at a second vantage point', async () => {
    const clusters = (probe: string): string => cluster().replace(' }\n', ` , probe: ${probe} }\n`);
    const ofWorkers = ({ warnings, ok }: Awaited<ReturnType<typeof run>>): readonly boolean[] =>
      [warnings, ok].map((lines) => lines.some((line) => line.includes('probes-dmz')));
    expect(ofWorkers(await run(clusters('true')))).toEqual([false, false]);
    expect(ofWorkers(await run(clusters('{ from: dmz }')))).toEqual([true, false]);
    const worker = new Worker('probes-dmz', async () => undefined, {
      connection: { port: redis.port },
      prefix: queuePrefix,
    });
    try {
      await worker.waitUntilReady();
      await waitFor('the worker to be seen', async () =>
        ofWorkers(await run(clusters('{ from: dmz }')))
          .join()
          .includes('false,true'),
      );
    } finally {
      await worker.close(true);
    }
  });

  it('names the rules that a token lacks', async () => {
    const weak = await agent.tokenWith(
      'service_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }',
    );
    const found = await run(cluster(), { TOKEN: weak.secret });
    expect(found.warnings.some((line) => line.startsWith('prod:'))).toBe(true);
    const text = (await runText(weak.secret)).out;
    for (const rule of ['acl = "read"', 'mesh = "read"', 'peering = "read"']) expect(text).toContain(rule);
    expect(text).not.toContain('service_prefix');
    expect(botNeeds.length).toBeGreaterThan(3);
  });

  const runText = (token: string) =>
    runInProcess([doctor], ['doctor', '--clusters', join(folder, 'clusters.yml')], {
      env: { REDIS_URL: redis.url, TOKEN: token },
    });

  it('says what a peering_token may not do that people may request, and when it ends', async () => {
    const peering = await agent.tokenWith('peering = "write"');
    const none = await agent.tokenWith('service_prefix "" { policy = "read" }');
    const policies = await agent.call<{ Name: string }[]>('GET', '/v1/acl/policies');
    const ending = await agent.call<{ SecretID: string }>('PUT', '/v1/acl/token', {
      Policies: [{ Name: policies.find(({ Name }) => Name === 'global-management')?.Name }],
      ExpirationTTL: '1h',
    });
    const withToken = cluster().replace(' }\n', ', peering_token: { env: WRITE } }\n');
    const grants = (...commands: readonly string[]): string =>
      `access:\n${commands.map((command) => `  - { allow: [${command}], clusters: [pr*], users: ['*'] }`).join('\n')}\n`;
    const statuses = async (secret: string, access = '') => {
      const { lines } = await run(`${withToken}${access}`, { WRITE: secret });
      expect(JSON.stringify(lines)).not.toContain(secret || '-');
      return lines
        .filter(({ area, fact }) => area === 'prod' && fact.includes('peering_token'))
        .map(({ status }) => status);
    };
    expect(await statuses(peering.secret)).toEqual(['ok']);
    expect(await statuses(peering.secret, grants('connect'))).toEqual(['ok']);
    expect(await statuses(peering.secret, grants('connect', 'export'))).toEqual(['warning']);
    expect(await statuses(none.secret)).toEqual(['warning']);
    expect(await statuses('00000000-1111-2222-3333-444444444444')).toEqual(['problem']);
    expect(await statuses(ending.SecretID, grants('token', 'unexport'))).toEqual(['ok', 'warning']);
    expect((await run(cluster())).lines.filter(({ fact }) => fact.includes('peering_token'))).toEqual([]);
  });

  it('reads no peering_token in a process that works on other queues', async () => {
    const file = join(folder, 'other.yml');
    const text = cluster().replace(' }\n', ', peering_token: { env: ABSENT } }\n');
    const read = parseClustersFile(text, file);
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    const lines = await examineClusters([...read.value.clusters.values()], {
      config: read.value,
      env: { TOKEN: agent.token },
      readsPeeringTokens: false,
      signal: new AbortController().signal,
    });
    const unknown = lines.filter(({ status }) => status !== 'ok');
    expect(unknown.map(({ area, status }) => [area, status])).toEqual([['peering tokens', 'unknown']]);
  });

  it('tells a token that Consul does not know from one without rights', async () => {
    const { problems } = await run(cluster(), { TOKEN: '00000000-1111-2222-3333-444444444444' });
    expect(problems.some((line) => line.startsWith('prod:'))).toBe(true);
  });

  it('says what the rest is like where one part is broken', async () => {
    const found = await run(
      `clusters:\n  gone: { address: 'http://127.0.0.1:1' }\n  prod: { address: '${agent.address}', token: { env: TOKEN } }\n`,
      { REDIS_URL: 'redis://127.0.0.1:1', SLACK_BOT_TOKEN: 'xoxb-wrong' },
    );
    const areas = new Set(found.problems.map((line) => line.split(':')[0]));
    expect(areas).toEqual(new Set(['Slack', 'Redis', 'gone']));
    expect(found.ok.some((line) => line.startsWith('prod:'))).toBe(true);
  });

  it('says what is missing in the environment, and still asks the clusters', async () => {
    const { problems, unknown, ok } = await run(cluster(), { SLACK_BOT_TOKEN: '' });
    expect(problems.some((line) => line.includes('SLACK_BOT_TOKEN'))).toBe(true);
    expect(unknown.some((line) => line.startsWith('Slack'))).toBe(true);
    expect(ok.some((line) => line.startsWith('prod:'))).toBe(true);
  });

  it('tells a Slack that cannot be reached from a token that it refuses', async () => {
    const fixes = async (env: Readonly<Record<string, string>>) => {
      const { lines } = await run(cluster(), env);
      return lines
        .filter(({ area, status }) => area === 'Slack' && status === 'problem')
        .map(({ fix }) => fix);
    };
    const nobody = 'http://127.0.0.1:1';
    expect(await fixes({ SLACK_BOT_TOKEN: 'xoxb-wrong' })).toEqual([
      expect.stringContaining('SLACK_BOT_TOKEN'),
    ]);
    expect(await fixes({ SLACK_APP_TOKEN: 'xapp-wrong' })).toEqual([
      expect.stringContaining('SLACK_APP_TOKEN'),
    ]);
    expect(await fixes({ SLACK_API_URL: `${nobody}/api/` })).toEqual([
      expect.stringContaining('SLACK_API_URL'),
    ]);
    const proxied = await fixes({ HTTPS_PROXY: nobody, HTTP_PROXY: nobody });
    expect(proxied).toEqual([expect.stringContaining('NO_PROXY')]);
    expect(await fixes({ HTTPS_PROXY: nobody, HTTP_PROXY: nobody, NO_PROXY: '127.0.0.1,localhost' })).toEqual(
      [],
    );
  });

  it('asks for what it cannot check in HTTP mode', async () => {
    const http = {
      SLACK_APP_TOKEN: '',
      SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
      PORT: '8080',
    };
    const { lines, problems } = await run(cluster(), http);
    expect(problems.filter((line) => line.startsWith('Slack'))).toEqual([]);
    const unsure = lines.filter(({ area, status }) => area === 'Slack' && status === 'unknown');
    expect(unsure).toEqual([
      expect.objectContaining({ fix: expect.stringContaining('SLACK_SIGNING_SECRET') }),
    ]);
  });

  it('notices that the bot is not in the approvals channel', async () => {
    const approvals = (channel: string) =>
      cluster(`approvals: { channel: ${channel}, approvers: { users: [U0APPROVER] } }\n`);
    const outside = await run(approvals('C0NOWHERE'));
    expect(outside.problems.some((line) => line.includes('C0NOWHERE'))).toBe(true);
    const inside = await run(approvals(channels.approvals));
    expect(inside.ok.some((line) => line.includes(channels.approvals))).toBe(true);
  });

  it('notices each missing scope, and which of them matter most', async () => {
    const scopes = manifest.scopes.filter((scope) => scope !== 'users:read' && scope !== 'files:write');
    const limited = await startWorkspace({ manifest: { ...manifest, scopes } });
    const { problems, warnings } = await run(cluster(), {
      SLACK_BOT_TOKEN: limited.botToken,
      SLACK_APP_TOKEN: limited.appToken,
      SLACK_API_URL: limited.apiUrl,
    });
    await limited.stop();
    expect(problems.some((line) => line.includes('users:read'))).toBe(true);
    expect(warnings.some((line) => line.includes('files:write'))).toBe(true);
  });

  it('says what is lost without each optional scope, which is no problem', async () => {
    const scopes = manifest.scopes.filter((scope) => !optionalScopes.has(scope));
    const limited = await startWorkspace({ manifest: { ...manifest, scopes } });
    const { problems, warnings, unknown } = await run(
      cluster(`approvals: { channel: ${channels.approvals}, approvers: { users: [U0APPROVER] } }\n`),
      {
        SLACK_BOT_TOKEN: limited.botToken,
        SLACK_APP_TOKEN: limited.appToken,
        SLACK_API_URL: limited.apiUrl,
      },
    );
    await limited.stop();
    const of = (lines: readonly string[]) => lines.filter((line) => line.startsWith('Slack:'));
    expect(of(problems)).toEqual([]);
    for (const scope of optionalScopes)
      expect(of(warnings).filter((line) => line.includes(` ${scope}: `))).toHaveLength(1);
    expect(of(unknown).some((line) => line.includes(channels.approvals))).toBe(true);
  });

  it('notices a Redis that may evict, and one that keeps nothing', async () => {
    const careless = await startRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    const { problems, warnings } = await run(cluster(), { REDIS_URL: careless.url });
    await careless.stop();
    expect(problems.some((line) => line.includes('allkeys-lru'))).toBe(true);
    expect(warnings.some((line) => line.includes('persisted'))).toBe(true);
  });

  it('compares the clocks', async () => {
    const late = createServer((_request, response) => {
      response.setHeader('Date', new Date(Date.now() - 90_000).toUTCString());
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ Config: { Datacenter: 'dc9', NodeName: 'n', Server: true, Version: '1.20.1' } }),
      );
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => late.once('listening', resolve));
    const { port } = late.address() as { port: number };
    const { warnings } = await run(`clusters:\n  late: { address: 'http://127.0.0.1:${port}' }\n`);
    late.close();
    expect(warnings.some((line) => /^late:.* (?:89|90|91) s/.test(line))).toBe(true);
  });
});
