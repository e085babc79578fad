import { gatherSnapshot } from '../../src/snapshot/gather-snapshot';
import type { Sections, Snapshot } from '../../src/snapshot/snapshot';
import { type ConsulAgent, describeOnVersions, type EndOfRange } from '../lab/consul';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { absentIn, clientOf, gatherFrom, leftToOthers, sectionsThatAre, valueOf } from './reading';

/** The rules of the bot's token, and the sections that each of them shows. */
const rules: readonly (readonly [rule: string, ...shows: readonly (keyof Sections)[]])[] = [
  ['agent_prefix "" { policy = "read" }', 'agent'],
  ['mesh = "read"', 'exportedServices', 'resolvedExports', 'exportedHealth'],
  ['node_prefix "" { policy = "read" }', 'servers', 'gateways', 'sidecars', 'exportedHealth'],
  ['peering = "read"', 'peerings'],
  ['query_prefix "" { policy = "read" }', 'preparedQueries'],
  [
    'service_prefix "" { policy = "read" }',
    ...(['servers', 'serviceNames', 'gateways', 'sidecars', 'exportedHealth', 'serviceDefaults'] as const),
    ...([
      'serviceResolvers',
      'serviceRouters',
      'serviceSplitters',
      'terminatingGateways',
      'wildcardLinks',
      'intentions',
    ] as const),
  ],
];

/** Sections that take `acl:read`, which other tests cover. */
const aboutTokens = ['acl', 'gatewayTokens', 'ownRights', 'sidecarTokens', 'tokenCandidates'];

/** Since 1.20.2, Consul leaves out names of services whose nodes the token may not read. */
const namesTakeNodes = { newest: true, oldest: false } as const satisfies Readonly<
  Record<EndOfRange, boolean>
>;

const notWhole = (snapshot: Snapshot, version: EndOfRange): readonly string[] =>
  sectionsThatAre(snapshot, 'partial', 'hidden').filter(
    (name) => ![...leftToOthers, ...aboutTokens, ...absentIn[version]].some((other) => other === name),
  );

/** Something in every section, so that an empty one is one of which rows were hidden. */
const fill = async (agent: ConsulAgent): Promise<void> => {
  for (const entry of [
    { Kind: 'proxy-defaults', Name: 'global' },
    { Kind: 'mesh' },
    { Kind: 'service-defaults', Name: 'web', Protocol: 'http' },
    { Kind: 'service-resolver', Name: 'web' },
    { Kind: 'service-router', Name: 'web' },
    { Kind: 'service-splitter', Name: 'web', Splits: [{ Weight: 100 }] },
    { Kind: 'service-intentions', Name: 'web', Sources: [{ Name: 'api', Action: 'allow' }] },
    { Kind: 'terminating-gateway', Name: 'out', Services: [{ Name: 'legacy' }] },
    {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'web', Consumers: [{ Peer: 'east' }] }],
    },
  ]) {
    await agent.call('PUT', '/v1/config', entry);
  }
  await agent.call('POST', '/v1/query', { Name: 'nearest', Service: { Service: 'web' } });
  await agent.call('PUT', '/v1/catalog/register', {
    Node: 'elsewhere',
    Address: '192.0.2.1',
    Service: {
      Kind: 'connect-proxy',
      Service: 'asking-sidecar-proxy',
      Port: 21_001,
      Proxy: {
        DestinationServiceName: 'asking',
        Upstreams: [{ DestinationType: 'prepared_query', DestinationName: 'nearest', LocalBindPort: 9191 }],
      },
    },
  });
};

describeOnVersions('what a token does not show, under the default policy deny', (version) => {
  let pair: PeeredPair;
  let agent: ConsulAgent;
  const secretWith = async (text: string): Promise<string> => (await agent.tokenWith(text)).secret;
  beforeAll(async () => {
    pair = await startPeeredPair({ version });
    agent = pair.west.agent;
    await fill(agent);
  }, 60_000);
  afterAll(() => pair.stop());

  it('is nothing where the token has all the rules', async () => {
    const snapshot = await gatherFrom(agent, await secretWith(rules.map(([rule]) => rule).join('\n')));
    expect(notWhole(snapshot, version)).toEqual([]);
    expect(valueOf(snapshot, 'preparedQueries')).toMatchObject([{ Name: 'nearest' }]);
  });

  it.each(rules)('is never whole without %s', async (missing, ...shown) => {
    const listed = (shown as readonly (keyof Sections)[]).filter((name) => !absentIn[version].includes(name));
    const shows =
      missing.startsWith('node') && namesTakeNodes[version] ? ([...listed, 'serviceNames'] as const) : listed;
    const others = rules.filter(([rule]) => rule !== missing).map(([rule]) => rule);
    const snapshot = await gatherFrom(agent, await secretWith(others.join('\n')));
    expect(notWhole(snapshot, version)).toEqual(expect.arrayContaining([...shows]));
    // Sections that depend on a hidden one may be missing too, and no others.
    const follows = [
      'datacenters',
      'discoveryChains',
      'exportedHealth',
      'importedServices',
      'preparedQueries',
      'sidecars',
      'exportedChains',
    ];
    expect(notWhole(snapshot, version).filter((name) => !follows.includes(name))).toEqual(
      [...shows].filter((name) => !follows.includes(name)).sort(),
    );
    for (const name of shows) {
      const section = snapshot.sections[name];
      expect(section.visibility !== 'visible' && section.reason.needs).toEqual([missing]);
    }
  });

  it('is known to be peerings before the agent has given up asking for them', async () => {
    const client = clientOf(agent, await secretWith('agent_prefix "" { policy = "read" }'));
    const patient: typeof client = {
      ...client,
      peerings: (call) =>
        new Promise((resolve) => {
          const error = { kind: 'timeout', endpoint: '/v1/peerings', message: 'late' } as const;
          call?.signal?.addEventListener('abort', () => resolve({ ok: false, error }));
        }),
    };
    const snapshot = await gatherSnapshot({ cluster: { name: 'west' }, client: patient, budgetMs: 5_000 });
    client.close();
    expect(snapshot.sections.peerings).toMatchObject({
      visibility: 'hidden',
      reason: { kind: 'forbidden', needs: ['peering = "read"'] },
    });
  });

  it('shows a peering that is being deleted as such, while Consul shows the state of its stream', async () => {
    const client = clientOf(agent);
    const deleting: typeof client = {
      ...client,
      peerings: async (call) => {
        const answer = await client.peerings(call);
        if (!answer.ok) return answer;
        const value = answer.value.map((one) => ({ ...one, DeletedAt: '2026-11-23T14:03:20Z' }));
        return { ...answer, value };
      },
    };
    const snapshot = await gatherSnapshot({ cluster: { name: 'west' }, client: deleting });
    client.close();
    const { peerings } = snapshot.sections;
    expect(peerings.visibility !== 'hidden' && peerings.value.list.map(({ State }) => State)).toEqual([
      'DELETING',
    ]);
  });

  it('is a part where a prefix is readable', async () => {
    const secret = await secretWith(
      'service_prefix "web" { policy = "read" }\nnode_prefix "" { policy = "read" }',
    );
    const snapshot = await gatherFrom(agent, secret);
    expect(sectionsThatAre(snapshot, 'partial')).toEqual(['serviceNames', 'sidecars']);
    expect(valueOf(snapshot, 'sidecars')).toMatchObject([{ service: 'web-sidecar-proxy' }]);
  });

  it('is all but what nobody is refused, with a token without rules', async () => {
    const snapshot = await gatherFrom(agent, await secretWith(''));
    expect(sectionsThatAre(snapshot, 'visible').filter((name) => !aboutTokens.includes(name))).toEqual([
      'apiGateways',
      'caRoots',
      'httpRoutes',
      'ingressGateways',
      'leader',
      'mesh',
      'proxyDefaults',
      'routingGateways',
      'samenessGroups',
      'tcpRoutes',
    ]);
    expect(sectionsThatAre(snapshot, 'partial')).toEqual([]);
  });

  it('is the same without a token, although Consul does not say that it hides rows', async () => {
    const snapshot = await gatherFrom(agent, '');
    expect(sectionsThatAre(snapshot, 'visible').filter((name) => !aboutTokens.includes(name))).toEqual([
      'caRoots',
      // None is named by the sidecars that were seen, so none is asked for.
      'datacenters',
      'leader',
      'mesh',
      'proxyDefaults',
      'samenessGroups',
    ]);
    expect(sectionsThatAre(snapshot, 'partial')).toEqual([]);
    expect(valueOf(snapshot, 'acl')).toMatchObject({ enabled: true, anonymous: true });
    expect(snapshot.sections.serviceNames).toMatchObject({
      reason: {
        kind: 'anonymous',
        needs: ['service_prefix "" { policy = "read" }', 'node_prefix "" { policy = "read" }'],
      },
    });
  });

  it('is everything with a token that the cluster does not know', async () => {
    const snapshot = await gatherFrom(agent, '7f1f1d9b-0000-4000-8000-000000000000');
    for (const name of ['acl', 'serviceNames', 'peerings', 'proxyDefaults'] as const) {
      expect(snapshot.sections[name]).toMatchObject({
        visibility: 'hidden',
        reason: { kind: 'forbidden', cause: 'token-unknown' },
      });
      // No rule would make it known.
      expect(snapshot.sections[name]).not.toHaveProperty('missing.needs');
    }
  });
});

describeOnVersions('what the anonymous token does not show', (version) => {
  const anonymous = '/v1/acl/token/00000000-0000-0000-0000-000000000002';
  let pair: PeeredPair;
  let agent: ConsulAgent;
  beforeAll(async () => {
    pair = await startPeeredPair({ acl: 'allow', version });
    agent = pair.west.agent;
    await fill(agent);
  }, 60_000);
  afterAll(() => pair.stop());

  const give = async (text: string | undefined): Promise<void> => {
    if (text !== undefined) {
      const policy = { Name: `p-${Math.random().toString(36).slice(2)}`, Rules: text };
      await agent.call('PUT', '/v1/acl/policy', policy);
      await agent.call('PUT', anonymous, { Policies: [{ Name: policy.Name }] });
    } else {
      await agent.call('PUT', anonymous, {});
    }
  };
  afterEach(() => give(undefined));

  it('is nothing where the default policy is allow and it has no rules', async () => {
    const snapshot = await gatherFrom(agent, '');
    expect(valueOf(snapshot, 'acl')).toMatchObject({ enabled: true, anonymous: true });
    expect(notWhole(snapshot, version)).toEqual([]);
  });

  it('could be anything where it has rules that cannot be read', async () => {
    await give('service "web" { policy = "deny" }');
    const snapshot = await gatherFrom(agent, '');
    expect(sectionsThatAre(snapshot, 'partial')).toEqual(
      expect.arrayContaining(['serviceNames', 'gateways', 'servers', 'sidecars', 'exportedServices']),
    );
    expect(valueOf(snapshot, 'serviceNames').map(({ name }) => name)).not.toContain('web');
  });

  it('is what its rules deny where they can be read', async () => {
    await give('service "web" { policy = "deny" }\nacl = "read"');
    const snapshot = await gatherFrom(agent, '');
    expect(snapshot.sections.serviceNames).toMatchObject({
      visibility: 'partial',
      reason: { kind: 'anonymous' },
    });
    expect(sectionsThatAre(snapshot, 'visible')).toEqual(
      expect.arrayContaining(['exportedServices', 'preparedQueries']),
    );
  });

  it('is the names of services without the right to read their nodes, where Consul asks for it', async () => {
    const others = [
      'node_prefix "" { policy = "deny" }',
      'service_prefix "" { policy = "read" }',
      'acl = "read"',
    ];
    await give(others.join('\n'));
    const { serviceNames } = (await gatherFrom(agent, '')).sections;
    expect(serviceNames).toMatchObject({
      visibility: namesTakeNodes[version] ? 'hidden' : 'partial',
      reason: { kind: 'anonymous', needs: ['node_prefix "" { policy = "read" }'] },
    });
  });

  it('is the same with a token of that name', async () => {
    await give('service "web" { policy = "deny" }');
    const snapshot = await gatherFrom(agent, 'anonymous');
    expect(snapshot.sections.serviceNames.visibility).toBe('partial');
  });
});
