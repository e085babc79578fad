import {
  type ConsulAgent,
  type ConsulOptions,
  type EndOfRange,
  describeOnVersions,
  startConsul,
} from '../lab/consul';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { absentIn, clientOf, gatherFrom, leftToOthers, sectionsThatAre, valueOf } from './reading';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot';

/** Differences between versions. API gateways without Kubernetes came with 1.15. */
const differences = {
  newest: { consulVersion: '1.20.6', hasApiGateways: true },
  oldest: { consulVersion: '1.14.11', hasApiGateways: false },
} as const satisfies Readonly<Record<EndOfRange, object>>;

/** Not read from the cluster where the clusters file names no tokens. */
const namesNothing = ['gatewayTokens'];

const ofApiGateway = [
  { Kind: 'api-gateway', Name: 'edge', Listeners: [{ Name: 'http', Port: 8080, Protocol: 'http' }] },
  {
    Kind: 'http-route',
    Name: 'front',
    Rules: [{ Services: [{ Name: 'remote-http' }] }],
    Parents: [{ Kind: 'api-gateway', Name: 'edge', SectionName: 'http' }],
  },
  { Kind: 'tcp-route', Name: 'back', Services: [{ Name: 'remote' }] },
] as const;

describeOnVersions('a snapshot of a peered pair', (version) => {
  const { consulVersion, hasApiGateways } = differences[version];
  let pair: PeeredPair;
  beforeAll(async () => {
    pair = await startPeeredPair({ version });
  }, 60_000);
  afterAll(() => pair.stop());

  it('sees everything with a management token', async () => {
    for (const side of [pair.east, pair.west]) {
      const snapshot = await gatherFrom(side.agent);
      expect(sectionsThatAre(snapshot, 'partial', 'hidden')).toEqual([...leftToOthers, ...absentIn[version]]);
    }
  });

  it('holds what the exporter is', async () => {
    const { agent } = pair.east;
    const snapshot = await gatherFrom(agent);
    expect(snapshot.cluster).toEqual({
      name: 'east',
      datacenter: 'east',
      consulVersion,
      enterprise: false,
      partition: 'default',
      namespace: 'default',
    });
    expect(valueOf(snapshot, 'servers')).toEqual([
      {
        at: { endpoint: '/v1/catalog/service/consul', path: '[0]' },
        node: 'east-server',
        address: '127.0.0.1',
        version: consulVersion,
        grpcPort: String(agent.grpcPort),
        grpcTlsPort: String(agent.grpcTlsPort),
      },
    ]);
    expect(valueOf(snapshot, 'leader')).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(valueOf(snapshot, 'caRoots')).toMatchObject({
      enabled: true,
      roots: { Roots: [{ Active: true }] },
    });
    expect(valueOf(snapshot, 'peerings')).toMatchObject({
      enabled: true,
      list: [{ Name: 'west', State: 'ACTIVE', StreamStatus: { ExportedServices: ['api'] } }],
    });
    expect(valueOf(snapshot, 'serviceNames').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['api', 'api-sidecar-proxy', 'consul', 'mesh-gateway']),
    );
    expect(valueOf(snapshot, 'gateways')).toMatchObject([
      {
        Service: { Kind: 'mesh-gateway', TaggedAddresses: { wan: { Address: '192.0.2.10', Port: 8443 } } },
        Checks: expect.arrayContaining([
          expect.objectContaining({ CheckID: 'serfHealth', Status: 'passing' }),
        ]),
        at: { endpoint: '/v1/health/service/mesh-gateway', path: '[0]' },
      },
    ]);
    expect(valueOf(snapshot, 'exportedHealth')).toMatchObject([
      { name: 'api', instances: 1, passing: 1, native: 0, inMesh: 1 },
    ]);
    if (!absentIn[version].includes('resolvedExports')) {
      expect(valueOf(snapshot, 'resolvedExports')).toMatchObject([
        { Service: 'api', Consumers: { Peers: ['west'] } },
      ]);
    }
    expect(valueOf(snapshot, 'exportedServices')).toMatchObject([
      {
        entry: { Name: 'default', Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }] },
        at: { endpoint: '/v1/config/exported-services', path: '[0]' },
        withheld: [],
      },
    ]);
    expect(valueOf(snapshot, 'sidecars')).toEqual([]);
  });

  it('holds what the importer is', async () => {
    const snapshot = await gatherFrom(pair.west.agent);
    expect(valueOf(snapshot, 'peerings').list).toMatchObject([
      {
        Name: 'east',
        PeerServerAddresses: [expect.any(String)],
        StreamStatus: { ImportedServices: ['api'] },
      },
    ]);
    expect(valueOf(snapshot, 'sidecars')).toMatchObject([
      {
        service: 'web-sidecar-proxy',
        node: 'west-server',
        proxy: { Upstreams: [{ DestinationName: 'api', DestinationPeer: 'east' }] },
        registration: { Port: 21_000 },
        managedBy: 'agent',
      },
    ]);
  });

  it('holds the routes and listeners of gateways, with the chains of the services that they name', async () => {
    const { call } = pair.west.agent;
    const entries = [
      { Kind: 'service-resolver', Name: 'remote', Redirect: { Service: 'api', Peer: 'east' } },
      { Kind: 'service-defaults', Name: 'remote-http', Protocol: 'http' },
      { Kind: 'service-resolver', Name: 'remote-http', Redirect: { Service: 'api', Peer: 'east' } },
      ...(hasApiGateways ? ofApiGateway : []),
      {
        Kind: 'ingress-gateway',
        Name: 'ingress',
        Listeners: [{ Port: 9000, Protocol: 'tcp', Services: [{ Name: 'remote' }] }],
      },
    ];
    for (const entry of entries) await call('PUT', '/v1/config', entry);
    const snapshot = await gatherFrom(pair.west.agent);
    const [edge, front, back] = hasApiGateways ? ofApiGateway.map((entry) => [{ entry }]) : [[], [], []];
    expect(valueOf(snapshot, 'apiGateways')).toMatchObject(edge ?? []);
    expect(valueOf(snapshot, 'httpRoutes')).toMatchObject(front ?? []);
    expect(valueOf(snapshot, 'tcpRoutes')).toMatchObject(back ?? []);
    expect(valueOf(snapshot, 'ingressGateways')).toMatchObject([
      { entry: { Listeners: [{ Services: [{ Name: 'remote' }] }] } },
    ]);
    expect(
      valueOf(snapshot, 'discoveryChains')
        .map(({ service }) => service)
        .sort(),
    ).toEqual(hasApiGateways ? ['remote', 'remote-http'] : ['remote']);
    expect(valueOf(snapshot, 'importedServices').map(({ service }) => service)).toEqual(['api']);
    for (const { Kind, Name } of entries.toReversed()) await call('DELETE', `/v1/config/${Kind}/${Name}`);
  });

  it('is taken at the time of the servers', async () => {
    const snapshot = await gatherFrom(pair.east.agent);
    expect(snapshot.takenAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    expect(Math.abs(Date.parse(snapshot.takenAt) - Date.now())).toBeLessThan(60_000);
  });

  it('tells how far it is, and ends with every request answered', async () => {
    const steps: (readonly [number, number])[] = [];
    await gatherFrom(pair.west.agent, undefined, { onProgress: (done, total) => steps.push([done, total]) });
    expect(steps.every(([done, total]) => done <= total)).toBe(true);
    const [done, total] = steps.at(-1) ?? [0, 0];
    expect(done).toBe(total);
    expect(total).toBeGreaterThan(20);
  });

  it('gives up what is not read when it is cancelled', async () => {
    const snapshot = await gatherFrom(pair.west.agent, undefined, { signal: AbortSignal.abort() });
    expect(sectionsThatAre(snapshot, 'visible', 'partial')).toEqual(namesNothing);
    expect(snapshot.sections.peerings).toMatchObject({ visibility: 'hidden', reason: { kind: 'timeout' } });
  });

  it('keeps what was read when one read does not end within the budget', async () => {
    const client = clientOf(pair.west.agent);
    const hanging: typeof client = {
      ...client,
      caRoots: (call) =>
        new Promise((resolve) => {
          call?.signal?.addEventListener('abort', () =>
            resolve({
              ok: false,
              error: { kind: 'timeout', endpoint: '/v1/connect/ca/roots', message: 'late' },
            }),
          );
        }),
    };
    const snapshot = await gatherSnapshot({ cluster: { name: 'west' }, client: hanging, budgetMs: 2_000 });
    client.close();
    expect(sectionsThatAre(snapshot, 'hidden')).toEqual(
      ['caRoots', ...leftToOthers, ...absentIn[version]].sort(),
    );
  });

  it('says of every section that the cluster is unreachable', async () => {
    const client = clientOf({ ...pair.west.agent, address: 'http://127.0.0.1:1' });
    const snapshot = await gatherSnapshot({ cluster: { name: 'west' }, client });
    client.close();
    expect(sectionsThatAre(snapshot, 'visible', 'partial')).toEqual(namesNothing);
    const kinds = Object.values(snapshot.sections).flatMap((section) =>
      section.visibility === 'hidden' ? section.reason.kind : [],
    );
    expect(new Set(kinds)).toEqual(new Set(['unreachable', 'not-gathered']));
  });
});

describeOnVersions('a snapshot of a cluster', (version) => {
  const started: ConsulAgent[] = [];
  const start = async (options: ConsulOptions): Promise<ConsulAgent> => {
    const agent = await startConsul({ version, ...options });
    started.push(agent);
    return agent;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((agent) => agent.stop()));
  });

  it('sees everything where ACLs are off', async () => {
    const snapshot = await gatherFrom(await start({ acl: 'off' }));
    expect(valueOf(snapshot, 'acl')).toEqual({ enabled: false, anonymous: false });
    const tokens = ['sidecarTokens', 'tokenCandidates'];
    expect(sectionsThatAre(snapshot, 'partial', 'hidden').filter((name) => !tokens.includes(name))).toEqual([
      ...leftToOthers,
      ...absentIn[version],
    ]);
  }, 60_000);

  it('says that peering is disabled, although the servers take long to', async () => {
    const snapshot = await gatherFrom(await start({ config: { peering: { enabled: false } } }));
    expect(snapshot.sections.peerings).toMatchObject({
      visibility: 'visible',
      value: { enabled: false, list: [], refusal: expect.stringContaining('peering must be enabled') },
    });
  }, 60_000);

  it('says that the mesh is disabled', async () => {
    const snapshot = await gatherFrom(
      await start({ config: { connect: { enabled: false }, peering: { enabled: true } } }),
    );
    expect(snapshot.sections.caRoots).toMatchObject({
      visibility: 'visible',
      value: { enabled: false, refusal: expect.stringContaining('Connect must be enabled') },
    });
  }, 60_000);
});
