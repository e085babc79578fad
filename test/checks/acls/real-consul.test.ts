import type { GatewayTokenRef } from '../../../src/config/config';
import { gatewayRules } from '../../../src/checks/examples/acl';
import { registry } from '../../../src/checks/registry';
import { runChecks } from '../../../src/checks/runner';
import type { Report, CheckResult } from '../../../src/report/report';
import { findToken } from '../../../src/snapshot/find-token';
import { loadSnapshot } from '../../../src/snapshot/load-snapshot';
import { type ConsulAgent, describeOnVersions, startConsul } from '../../lab/consul';
import { clientOf, gatherFrom } from '../../snapshot/reading';

const checks = registry.filter(({ group }) => group === 'acls');

const report = async (
  agent: ConsulAgent,
  gatewayTokens: readonly GatewayTokenRef[] = [],
  token?: string,
): Promise<Report> => {
  const snapshot = await gatherFrom(agent, token, { cluster: { name: 'prod', gatewayTokens } });
  return runChecks(snapshot, { checks });
};

const resultOf = ({ results }: Report, id: string): CheckResult => {
  const found = results.find((result) => result.id === id);
  if (!found) throw new Error(`no result of ${id}`);
  return found;
};

const subjects = (found: Report, id: string): string[] =>
  resultOf(found, id).findings.map(({ subject }) => `${subject.kind} ${subject.name}`);

const failing = ({ results }: Report): string[] =>
  results.filter(({ status }) => status === 'fail').map(({ id }) => id);

/** The statuses of the checks of tokens that are in use: no sidecar is registered. */
const statuses = ({ results }: Report): string[] =>
  results.filter(({ id }) => id !== 'acl-sidecar-service-read').map(({ status }) => status);

/** Runs the shell snippets of a result as they stand, but for those that start an Envoy again: none runs here. */
const fix = async (agent: ConsulAgent, found: Report, id: string): Promise<void> => {
  for (const { remediation } of resultOf(found, id).findings) {
    const scripts = remediation.filter(({ code }) => code.startsWith('consul acl'));
    if (scripts.length === 0) throw new Error(`nothing to paste for ${id}`);
    for (const { code } of scripts) {
      const { status, stderr } = await agent.shell(code);
      if (status !== 0) throw new Error(`${code}\n${stderr}`);
    }
  }
};

const makePolicy = async (agent: ConsulAgent, name: string, rules: string): Promise<string> =>
  (await agent.call<{ ID: string }>('PUT', '/v1/acl/policy', { Name: name, Rules: rules })).ID;

const makeToken = async (agent: ConsulAgent, body: object): Promise<string> =>
  (await agent.call<{ AccessorID: string }>('PUT', '/v1/acl/token', body)).AccessorID;

const registerGateway = (agent: ConsulAgent): Promise<unknown> =>
  agent.call('PUT', '/v1/catalog/register', {
    // Not the agent's own node, which it would tidy up.
    Node: 'gw-1',
    Address: '127.0.0.1',
    Service: { Kind: 'mesh-gateway', ID: 'mesh-gateway', Service: 'mesh-gateway', Port: 8443 },
  });

let serial = 0;
const unique = (name: string): string => {
  serial += 1;
  return `${name}-${serial}`;
};

describeOnVersions('the acl checks on a real cluster', (version) => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul({ version, acl: 'deny' });
    await registerGateway(agent);
    await agent.call('PUT', '/v1/config', {
      Kind: 'mesh',
      Peering: { PeerThroughMeshGateways: true },
    });
  }, 60_000);
  afterAll(() => agent.stop());

  /** A gateway's token with these rules, and how the clusters file names it. */
  const gatewayToken = async (rules: string, over: object = {}): Promise<GatewayTokenRef> => {
    const id = await makePolicy(agent, unique('gateway'), rules);
    return { gateway: 'mesh-gateway', accessor: await makeToken(agent, { Policies: [{ ID: id }], ...over }) };
  };

  const line = {
    'acl-gateway-service-write': 'service "mesh-gateway" { policy = "write" }\n',
    'acl-gateway-service-read': 'service_prefix "" { policy = "read" }\n',
    'acl-gateway-mesh-write': 'mesh = "write"\n',
    'acl-gateway-node-read': 'node_prefix "" { policy = "read" }\n',
    'acl-gateway-peering-read': 'peering = "read"\n',
  };

  it('a token that grants all that its gateway needs passes', async () => {
    const ref = await gatewayToken(gatewayRules);
    const found = await report(agent, [ref]);
    expect(failing(found)).toEqual(['acl-least-privilege']);
    expect(subjects(found, 'acl-least-privilege')).toEqual(["token the bot's own token"]);
  });

  const ids = Object.keys(line) as (keyof typeof line)[];

  it.each(ids)('%s: missing, named, and fixed by its snippet', async (id) => {
    const ref = await gatewayToken(gatewayRules.replace(line[id], ''));
    const broken = await report(agent, [ref]);
    expect(failing(broken)).toEqual([id, 'acl-least-privilege']);
    expect(subjects(broken, id)).toEqual(['mesh-gateway mesh-gateway']);
    await fix(agent, broken, id);
    const fixed = await report(agent, [ref]);
    expect(resultOf(fixed, id).status).toBe('pass');
  });

  it.each(ids)('%s: denied by a rule, and fixed by changing that policy', async (id) => {
    const denial = line[id].replace(/"(?:read|write)"/u, '"deny"');
    // Since 1.20.2, Consul refuses to write rules that set an argument such as `mesh` twice.
    const others =
      version === 'newest' && /^\w+ =/u.test(denial) ? gatewayRules.replace(line[id], '') : gatewayRules;
    const ref = await gatewayToken(`# kept apart ${id}\n${others}${denial}key "a" { policy = "read" }\n`);
    const broken = await report(agent, [ref]);
    expect(resultOf(broken, id).status).toBe('fail');
    await fix(agent, broken, id);
    expect(resultOf(await report(agent, [ref]), id).status).toBe('pass');
  });

  it('one hidden service is enough to fail service:read on all', async () => {
    const ref = await gatewayToken(`${gatewayRules}service "secret" { policy = "deny" }\n`);
    const broken = await report(agent, [ref]);
    expect(failing(broken)).toEqual(['acl-gateway-service-read', 'acl-least-privilege']);
    await fix(agent, broken, 'acl-gateway-service-read');
    expect(failing(await report(agent, [ref]))).toEqual(['acl-least-privilege']);
  });

  it('names by role and by policy, and fixes those', async () => {
    const rules = gatewayRules.replace(line['acl-gateway-mesh-write'], '');
    const policy = unique('named');
    const id = await makePolicy(agent, policy, rules);
    const role = unique('role');
    await agent.call('PUT', '/v1/acl/role', { Name: role, Policies: [{ ID: id }] });
    for (const ref of [
      { gateway: 'mesh-gateway', role },
      { gateway: 'mesh-gateway', policy },
    ]) {
      const broken = await report(agent, [ref]);
      expect(failing(broken)).toContain('acl-gateway-mesh-write');
      await fix(agent, broken, 'acl-gateway-mesh-write');
      expect(failing(await report(agent, [ref]))).not.toContain('acl-gateway-mesh-write');
    }
  });

  it('a policy that grants a whole resource at a lower level is changed, not given a second rule on it', async () => {
    const policy = unique('lower');
    await makePolicy(agent, policy, gatewayRules.replace(line['acl-gateway-mesh-write'], 'mesh = "read"\n'));
    const ref = { gateway: 'mesh-gateway', policy };
    await fix(agent, await report(agent, [ref]), 'acl-gateway-mesh-write');
    expect(failing(await report(agent, [ref]))).not.toContain('acl-gateway-mesh-write');
  });

  /** Makes a role, and links that a fix of a token must leave as they are. */
  const makeLinks = async (): Promise<Record<string, readonly object[]>> => {
    const role = unique('kept');
    await agent.call('PUT', '/v1/acl/role', { Name: role, ServiceIdentities: [{ ServiceName: 'db' }] });
    return {
      Roles: [{ Name: role }],
      ServiceIdentities: [{ ServiceName: 'api', Datacenters: ['dc1'] }, { ServiceName: 'web' }],
      NodeIdentities: [{ NodeName: 'node-1', Datacenter: 'dc1' }],
    };
  };

  /** The links of a token, in whatever order Consul writes them. */
  const inAnyOrder = (links: Record<string, readonly object[]>): object =>
    Object.fromEntries(
      Object.entries(links).map(([kind, list]) => [
        kind,
        expect.arrayContaining(list.map((one) => expect.objectContaining(one))),
      ]),
    );

  it('a token keeps its roles and identities when it is granted more', async () => {
    const links = await makeLinks();
    const ref = await gatewayToken(gatewayRules.replace(line['acl-gateway-mesh-write'], ''), links);
    await fix(agent, await report(agent, [ref]), 'acl-gateway-mesh-write');
    expect(failing(await report(agent, [ref]))).toEqual(['acl-least-privilege']);
    const accessor = 'accessor' in ref ? ref.accessor : '';
    expect(await agent.call('GET', `/v1/acl/token/${accessor}`)).toMatchObject(inAnyOrder(links));
  });

  it('a token that grants too much is narrowed by its snippet', async () => {
    const management = { ID: '00000000-0000-0000-0000-000000000001' };
    const links = await makeLinks();
    const accessor = await makeToken(agent, { ...links, Policies: [management], Description: 'gateways' });
    const ref = { gateway: 'mesh-gateway', accessor };
    // Identities count in certain datacenters only, and the agent tells in which one it is.
    const bot = await agent.tokenWith('acl = "write"\nagent_prefix "" { policy = "read" }\n');
    const broken = await report(agent, [ref], bot.secret);
    expect(subjects(broken, 'acl-least-privilege')).toEqual([
      "token the bot's own token",
      'mesh-gateway mesh-gateway',
    ]);
    // Consul refuses a second policy of a name, such as those for other tokens.
    const others = ['peering-bot-read', 'mesh-gateway-gateway'].map((Name) =>
      agent.call<{ readonly ID: string }>('PUT', '/v1/acl/policy', { Name }),
    );
    const taken = await Promise.all(others);
    await fix(agent, broken, 'acl-least-privilege');
    const fixed = await report(agent, [ref], bot.secret);
    for (const { ID } of taken) await agent.call('DELETE', `/v1/acl/policy/${ID}`);
    expect(statuses(fixed)).toEqual(statuses(fixed).map(() => 'pass'));
    expect(await agent.call('GET', `/v1/acl/token/${accessor}`)).toMatchObject(inAnyOrder(links));
  });

  it("the bot's own token: missing rights are named, and fixed by its snippet", async () => {
    const bot = await agent.tokenWith('service_prefix "" { policy = "read" }\n');
    // The policy of another bot.
    const taken = await makePolicy(agent, 'peering-bot-read', '');
    const ref = await gatewayToken(gatewayRules);
    const broken = await report(agent, [ref], bot.secret);
    expect(failing(broken)).toEqual(['acl-bot-token']);
    expect(resultOf(broken, 'acl-gateway-mesh-write')).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('acl = "read"'),
    });
    await fix(agent, broken, 'acl-bot-token');
    await agent.call('DELETE', `/v1/acl/policy/${taken}`);
    const fixed = await report(agent, [ref], bot.secret);
    expect(statuses(fixed)).toEqual(statuses(fixed).map(() => 'pass'));
  });

  it('a token that ends is named, with one to take its place', async () => {
    const ref = await gatewayToken(gatewayRules, { ExpirationTTL: '2h' });
    const found = await report(agent, [ref]);
    expect(subjects(found, 'acl-token-expiry')).toEqual(['mesh-gateway mesh-gateway']);
    expect(resultOf(found, 'acl-token-expiry').severity).toBe('warning');
    const [script] = resultOf(found, 'acl-token-expiry').findings.flatMap(({ remediation }) => remediation);
    const made = await agent.shell(script?.code ?? '');
    const accessor = /AccessorID:\s+(\S+)/u.exec(made.stdout)?.[1] ?? '';
    const fixed = await report(agent, [{ gateway: 'mesh-gateway', accessor }]);
    expect(failing(fixed)).toEqual(['acl-least-privilege']);
  });

  it('a saved snapshot gives the same results', async () => {
    const ref = await gatewayToken('service_prefix "" { policy = "read" }\n');
    for (const gatewayTokens of [[ref], []]) {
      const snapshot = await gatherFrom(agent, undefined, { cluster: { name: 'prod', gatewayTokens } });
      const loaded = loadSnapshot(JSON.stringify(snapshot));
      if (!loaded.ok) throw new Error(loaded.error);
      expect(runChecks(loaded.value, { checks })).toEqual(runChecks(snapshot, { checks }));
    }
  });

  const goneId = '11111111-2222-3333-4444-555555555555';

  it.each([{ accessor: goneId }, { policy: 'gone' }, { role: 'gone' }])(
    'what is gone is named, and unknown: %j',
    async (named) => {
      const found = await report(agent, [{ gateway: 'mesh-gateway', ...named }]);
      for (const id of 'accessor' in named ? [...ids, 'acl-token-expiry'] : ids) {
        expect(resultOf(found, id)).toMatchObject({
          status: 'unknown',
          reason: expect.stringContaining(Object.values(named)[0] ?? ''),
        });
      }
    },
  );

  it.each([
    ['a token that is gone is not found', undefined, 'unknown'],
    ["the bot's own token is gone, so nothing is visible", goneId, 'hidden'],
  ])('%s', async (_, token, kind) => {
    const client = clientOf(agent, token);
    expect((await findToken(client, goneId)).kind).toBe(kind);
    client.close();
    const snapshot = await gatherFrom(agent, token, {
      cluster: { name: 'prod', gatewayTokens: [{ gateway: 'mesh-gateway', accessor: goneId }] },
    });
    expect(snapshot.sections.gatewayTokens.visibility).toBe(kind === 'hidden' ? 'hidden' : 'visible');
  });
});

describeOnVersions('the acl checks on clusters of other kinds', (version) => {
  it('where none is named and none would do it is a warning, and its snippet makes one to name', async () => {
    const agent = await startConsul({ version, acl: 'deny' });
    try {
      await registerGateway(agent);
      // Left over from a token that is gone: Consul refuses a second policy of this name.
      await makePolicy(agent, 'mesh-gateway-gateway', '');
      const found = await report(agent);
      const without = [
        'acl-gateway-service-write',
        'acl-gateway-service-read',
        'acl-gateway-mesh-write',
        'acl-gateway-node-read',
      ];
      expect(failing(found)).toEqual([...without, 'acl-least-privilege']);
      expect(resultOf(found, 'acl-gateway-mesh-write').severity).toBe('warning');

      await fix(agent, found, 'acl-gateway-service-write');
      const tokens = await agent.call<{ AccessorID: string; Description: string }[]>('GET', '/v1/acl/tokens');
      const made = tokens.find(({ Description }) => Description === 'mesh-gateway-gateway');
      const fixed = await report(agent);
      expect(failing(fixed)).toEqual(['acl-least-privilege']);
      for (const id of without) {
        expect(resultOf(fixed, id)).toMatchObject({
          status: 'skip',
          reason: expect.stringContaining(made?.AccessorID ?? 'none was made'),
        });
      }
      expect(fixed.notes).toHaveLength(1);
    } finally {
      await agent.stop();
    }
  }, 60_000);

  it('with ACLs disabled every row skips', async () => {
    const agent = await startConsul({ version, acl: 'off' });
    try {
      await registerGateway(agent);
      const accessor = '11111111-2222-3333-4444-555555555555';
      const found = await report(agent, [{ gateway: 'mesh-gateway', accessor }]);
      expect(found.results.map(({ status }) => status)).toEqual(found.results.map(() => 'skip'));
    } finally {
      await agent.stop();
    }
  }, 60_000);

  it('a default of allow grants what no rule denies', async () => {
    const agent = await startConsul({ version, acl: 'allow' });
    try {
      await registerGateway(agent);
      const accessor = await makeToken(agent, {});
      const found = await report(agent, [{ gateway: 'mesh-gateway', accessor }]);
      expect(failing(found)).toEqual(['acl-least-privilege']);
      const anonymous = await report(agent, [], '');
      expect(resultOf(anonymous, 'acl-gateway-mesh-write').status).toBe('skip');
      expect(subjects(anonymous, 'acl-bot-token')).toEqual(["token the bot's own token"]);
    } finally {
      await agent.stop();
    }
  }, 60_000);
});
