import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayRules } from '../../src/checks/examples/acl';
import { runChecks } from '../../src/checks/runner';
import { aclButtons } from '../../src/features/acl/acl-buttons';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { type RedisServer, startRedis } from '../lab/redis';
import { gatherFrom } from '../snapshot/reading';
import { manifest, startBotProcess } from './support';

jest.setTimeout(60_000);

const robin = people.requester.id;

/** Markup and a mention, as somebody could describe a token. */
const hostile = 'gateways <!channel> *bold*\n`code`';

describeWith(['consul', 'redis'], '/peering acl', () => {
  let agent: ConsulAgent;
  let redis: RedisServer;
  let slack: Workspace;
  let gateway = '';
  let output: () => string = () => '';
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    agent = await startConsul({ acl: 'deny' });
    redis = await startRedis({ appendOnly: true });
    slack = await startWorkspace({ manifest, messageRate: { perSecond: 100, burst: 100 } });
    await agent.call('PUT', '/v1/catalog/register', {
      Node: 'gw-1',
      Address: '127.0.0.1',
      Service: { Kind: 'mesh-gateway', Service: 'mesh-gateway', Port: 8443 },
    });
    const rules = gatewayRules.replace('mesh = "write"\n', '');
    const policy = await agent.call<{ ID: string }>('PUT', '/v1/acl/policy', {
      Name: 'gateway',
      Rules: rules,
    });
    const body = { Policies: [{ ID: policy.ID }], Description: hostile };
    gateway = (await agent.call<{ AccessorID: string }>('PUT', '/v1/acl/token', body)).AccessorID;
    for (const n of [1, 2, 3]) await agent.tokenWith(`key "app/${n}" { policy = "read" }`);
    const bot = await startBotProcess({
      slack,
      redisUrl: redis.url,
      clusters: `
clusters:
  prod:
    address: '${agent.address}'
    token: { env: TOKEN }
    gateway_tokens: [{ gateway: mesh-gateway, accessor: ${gateway} }]
access:
  - { allow: ['*'], users: [${robin}] }
`,
      env: { TOKEN: agent.token },
    });
    output = bot.output;
    ends.push(() => bot.end('SIGKILL'), slack.stop, redis.stop, agent.stop);
  }, 120_000);

  afterAll(async () => {
    for (const end of ends) await end();
  });

  const ask = (line: string) => slack.typeCommand(robin, channels.platform, line);
  const whispers = () => slack.ephemerals(robin, channels.platform);
  const answers = (count: number) =>
    slack.until(() => whispers().length >= count && whispers(), `${count} private answers`, 20_000);

  it('answers only the one who asked, and shows everyone when asked to', async () => {
    await ask('/peering acl prod');
    const [answer] = await answers(1);
    expect(JSON.stringify(answer)).toContain('mesh:write');
    expect(JSON.stringify(answer)).toContain('consul acl policy create');
    expect(slack.messages(channels.platform)).toEqual([]);

    await slack.click(robin, answer?.ts ?? '', aclButtons.share.id);
    const shared = await slack.until(() => slack.messages(channels.platform)[0], 'the shared answer', 20_000);
    expect(JSON.stringify(shared)).toContain('mesh:write');
    expect(JSON.stringify(shared)).not.toContain(aclButtons.share.id);
    expect(slack.mentions()).toEqual([`user:${robin}`]);
  });

  it('tells of one token, by the beginning of its accessor', async () => {
    const before = whispers().length;
    await ask(`/peering acl prod ${gateway.slice(0, 13)}`);
    const found = (await answers(before + 1)).at(-1);
    expect(JSON.stringify(found)).toContain(gateway);
    await ask('/peering acl prod 12345678');
    expect(JSON.stringify((await answers(before + 2)).at(-1))).toContain('No token of');
    await ask('/peering acl prod <@U1>');
    expect(JSON.stringify((await answers(before + 3)).at(-1))).toContain('cannot be an accessor');
  });

  it('leaves no secret of any token in logs, Redis, Slack, snapshots or reports', async () => {
    await ask('/peering check prod');
    await slack.until(
      () => slack.messages(channels.platform).some(({ text }) => /ready|judged/.test(text)),
      'the report',
      30_000,
    );
    const snapshot = await gatherFrom(agent, agent.token, {
      cluster: { name: 'prod', gatewayTokens: [{ gateway: 'mesh-gateway', accessor: gateway }] },
    });
    const search = await gatherFrom(agent);
    const sinks: Readonly<Record<string, string>> = {
      log: output(),
      redis: readdirSync(redis.folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.includes('.aof'))
        .map((file) => {
          const path = join(redis.folder, file);
          return file.endsWith('.aof') || file.endsWith('.manifest') ? readFileSync(path, 'latin1') : '';
        })
        .join(''),
      slack: slack.traffic.all.map(({ request, response }) => request + response).join(''),
      snapshots: JSON.stringify([snapshot, search]),
      reports: JSON.stringify([runChecks(snapshot), runChecks(search)]),
    };
    // The searched texts hold what they should, so that the search can find something.
    expect(sinks['log']).toContain('"command":"acl"');
    expect(sinks['redis']).toContain('inspect-acl');
    expect(sinks['slack']).toContain(gateway);
    expect(sinks['snapshots']).toContain(gateway);
    expect(sinks['reports']).toContain(gateway);
    const all = await agent.call<{ SecretID: string }[]>('GET', '/v1/acl/tokens');
    // That of the anonymous token is the word itself, and no secret.
    const tokens = all.filter(({ SecretID }) => SecretID !== 'anonymous');
    expect(tokens.length).toBeGreaterThan(4);
    for (const [name, sink] of Object.entries(sinks)) {
      expect([name, tokens.filter(({ SecretID }) => sink.includes(SecretID)).length]).toEqual([name, 0]);
    }
  });
});
