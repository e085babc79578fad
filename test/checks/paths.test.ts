import fc from 'fast-check';
import {
  exampleAgent,
  exampleCheck,
  exampleEntry,
  exampleExports,
  exampleGateway,
  exampleImportedService,
  exampleIntentions,
  examplePeering,
  exampleExportedHealth,
  exampleRoots,
  exampleSidecar,
  exampleUpstream,
} from '../../src/checks/examples/parts';
import { exampleSidecarTokens } from '../../src/checks/examples/acl';
import type { SnapshotChanges } from '../../src/checks/examples/healthy';
import { checkOf, pathProblems } from '../../src/checks/path-findings';
import { registry } from '../../src/checks/registry';
import { traceService } from '../../src/checks/trace';
import { openSnapshot } from '../../src/checks/view';
import { type ClusterPath, pathsView } from '../../src/checks/views/paths';
import { rowsOf } from '../../src/snapshot/section';
import { DiscoveryChain, ServiceDefaults } from '../../src/consul/wire';
import { omitUndefined } from '../../src/omit-undefined';
import type { Sections, Snapshot } from '../../src/snapshot/snapshot';
import { gatewayToRemote, resolver, target } from './changes';
import { codesOf } from './check-table';
import { twoClusters } from './two-clusters';
import { findingsOf, hidden, partial, resultOf, run, snapshotOf, visible } from './world';

const pathsIn = (snapshot: Snapshot): readonly ClusterPath[] =>
  rowsOf(openSnapshot(snapshot).read(pathsView));

/** A path in short: its ends, its status, and its hops that do not pass. */
const shortPath = ({ consumer, destination, here, status, hops }: ClusterPath) => [
  `${consumer.service} → ${destination.service}`,
  here,
  status,
  ...hops.filter((hop) => hop.status !== 'pass').map((hop) => `${hop.name} ${hop.status}`),
];

/** `billing` is exported, and its default subset has that many healthy instances of two; undefined: they were not read. */
const subsetWith = (healthy: number | undefined): SnapshotChanges => ({
  exportedChains: [
    {
      endpoint: '/v1/discovery-chain/billing',
      service: 'billing',
      protocol: '',
      chain: DiscoveryChain.parse({
        Chain: {
          StartNode: 'resolver:billing',
          Nodes: { 'resolver:billing': { Type: 'resolver', Name: 'billing', Resolver: { Target: 'v1' } } },
          Targets: {
            v1: {
              ID: 'v1',
              Service: 'billing',
              ServiceSubset: 'v1',
              Subset: { Filter: 'x' },
              Datacenter: 'dc2',
            },
          },
        },
      }).Chain,
    },
  ],
  exportedHealth: [
    exampleExportedHealth({
      name: 'billing',
      ...(healthy === undefined ? {} : { subsets: [{ name: 'v1', inMesh: 2, healthy }] }),
    }),
  ],
});

/**
 * `billing` is exported, and a resolver of it redirects to `empty`, which has that many mesh instances, of which some may be
 * terminating gateways.
 */
const chainTo = (
  inMesh: number,
  { Protocol = '', terminatedRows }: { readonly Protocol?: string; readonly terminatedRows?: number } = {},
): SnapshotChanges => ({
  exportedChains: [
    {
      endpoint: '/v1/discovery-chain/billing',
      service: 'billing',
      protocol: '',
      chain: DiscoveryChain.parse({
        Chain: {
          Protocol,
          StartNode: 'resolver:empty',
          Nodes: { 'resolver:empty': { Type: 'resolver', Name: 'empty', Resolver: { Target: 'empty' } } },
          Targets: { empty: { ID: 'empty', Service: 'empty', Datacenter: 'dc2' } },
        },
      }).Chain,
    },
  ],
  exportedHealth: [
    exampleExportedHealth({ name: 'billing' }),
    exampleExportedHealth({ name: 'empty', inMesh, instances: inMesh, passing: inMesh, terminatedRows }),
  ],
  intentions: [exampleIntentions([{ name: 'web', peer: 'east' }], 'empty')],
});

const allowedByDefault: SnapshotChanges = {
  agent: exampleAgent({ DebugConfig: { DefaultIntentionPolicy: 'allow', ACLResolverSettings: null } }),
};

/** The upstream `billing` with limits in its registration, and in service-defaults of web. */
const limited = (
  own: object | undefined,
  central: object = {},
  rest: { readonly managedBy?: 'agent' } = {},
): SnapshotChanges => ({
  sidecars: [
    exampleSidecar([exampleUpstream({ Config: own === undefined ? {} : { limits: own } })], {
      failing: [],
      ...omitUndefined({ managedBy: rest.managedBy }),
    }),
  ],
  serviceDefaults: [
    exampleEntry(ServiceDefaults.parse({ Kind: 'service-defaults', Name: 'web', ...central })),
  ],
});

const overridden = (Peer: string, Limits: object) => ({
  UpstreamConfig: { Overrides: [{ Name: 'billing', Peer, Limits }] },
});

/** `billing` has a protocol. */
const speaking = (Protocol: string): SnapshotChanges => ({
  serviceDefaults: [
    exampleEntry(ServiceDefaults.parse({ Kind: 'service-defaults', Name: 'billing', Protocol })),
  ],
});

const down = exampleGateway({ checks: [exampleCheck({ Status: 'critical' })] });
const peeringTo = (State: string) => ({ enabled: true, list: [examplePeering({ State })] });

describe('two configured clusters', () => {
  it('have paths both ways, on which traffic flows', () => {
    expect(pathsIn(twoClusters()).map(shortPath)).toEqual([
      ['web → billing', 'consumer', 'pass'],
      ['web → api', 'destination', 'pass'],
    ]);
    expect(findingsOf(run(twoClusters()), 'error')).toEqual([]);
    expect(run(twoClusters()).notes).toEqual([]);
  });

  const breaks: readonly (readonly [name: string, Snapshot, path: string, hop: string])[] = [
    [
      'its sidecar is down',
      twoClusters({ sidecars: [exampleSidecar(undefined, { failing: ['x'] })] }),
      'billing',
      'consumer',
    ],
    [
      'its upstream allows no connection',
      twoClusters(limited({ max_connections: 0 })),
      'billing',
      'upstream',
    ],
    [
      'an override lets no request wait',
      twoClusters(limited(undefined, overridden('west', { MaxPendingRequests: 0 }))),
      'billing',
      'upstream',
    ],
    [
      'the defaults of its upstreams let no request wait',
      twoClusters(
        limited(undefined, { UpstreamConfig: { Defaults: { Limits: { MaxPendingRequests: 0 } } } }),
      ),
      'billing',
      'upstream',
    ],
    ['its peering is FAILING', twoClusters({ peerings: peeringTo('FAILING') }), 'billing', 'peering'],
    ['the gateway there is down', twoClusters({}, { gateways: [down] }), 'billing', 'remote-gateway'],
    ['the gateway here is down', twoClusters({ gateways: [down] }), 'api', 'remote-gateway'],
    [
      'the address there is link-local',
      twoClusters(
        {},
        {
          gateways: [
            exampleGateway({ service: { TaggedAddresses: { wan: { Address: '169.254.1.1', Port: 1 } } } }),
          ],
        },
      ),
      'billing',
      'gateway-address',
    ],
    [
      'it is not exported there',
      twoClusters(
        {
          peerings: {
            enabled: true,
            list: [
              examplePeering({
                StreamStatus: {
                  ...examplePeering().StreamStatus,
                  ImportedServices: [],
                  ExportedServices: ['api'],
                },
              }),
            ],
          },
        },
        { exportedServices: [] },
      ),
      'billing',
      'exported',
    ],
    [
      'the intention there denies',
      twoClusters(
        {},
        { intentions: [exampleIntentions([{ name: '*', peer: 'east', action: 'deny' }], 'billing')] },
      ),
      'billing',
      'intention',
    ],
    ['the intention here denies', twoClusters({ intentions: [] }), 'api', 'intention'],
    [
      'an intention about services there denies, and both clusters share a trust domain',
      twoClusters(
        {},
        {
          caRoots: exampleRoots(),
          intentions: [exampleIntentions([{ name: '*', action: 'deny' }], 'billing')],
          ...allowedByDefault,
        },
      ),
      'billing',
      'intention',
    ],
    [
      'an intention about services here denies, and both clusters share a trust domain',
      twoClusters(
        { intentions: [exampleIntentions([{ name: '*', action: 'deny' }])], ...allowedByDefault },
        { caRoots: exampleRoots() },
      ),
      'api',
      'intention',
    ],
    [
      'nothing there has that name',
      twoClusters({}, { exportedHealth: [exampleExportedHealth({ name: 'billing', inMesh: 0 })] }),
      'billing',
      'destination',
    ],
    ['its discovery chain there ends in nothing', twoClusters({}, chainTo(0)), 'billing', 'instances'],
    [
      'its default subset there has no healthy instance',
      twoClusters({}, subsetWith(0)),
      'billing',
      'instances',
    ],
    [
      'all offered instances fail',
      twoClusters({ importedServices: [exampleImportedService({ passing: 0, failing: ['x'] })] }),
      'billing',
      'instances',
    ],
    [
      'TLS versions do not meet',
      twoClusters(
        {
          mesh: [
            exampleEntry({
              Kind: 'mesh',
              Name: 'mesh',
              TLS: { Outgoing: { TLSMaxVersion: 'TLSv1_2' } },
            } as never),
          ],
        },
        {
          mesh: [
            exampleEntry({
              Kind: 'mesh',
              Name: 'mesh',
              TLS: { Incoming: { TLSMinVersion: 'TLSv1_3' } },
            } as never),
          ],
        },
      ),
      'billing',
      'tls',
    ],
  ];

  it.each(breaks)('%s: the path ends there, and the check says so', (_, snapshot, service, hop) => {
    const path = pathsIn(snapshot).find(({ destination }) => destination.service === service);
    const failed = path?.hops.filter(({ status }) => status === 'fail').map(({ name }) => name);
    expect([path?.status, failed?.[0]]).toEqual(['fail', hop]);
    const first = path?.hops.find(({ name }) => name === hop);
    const id = path && first ? checkOf(path, first) : '';
    if (!registry.some((one) => one.id === id)) return;
    const result = resultOf(run(snapshot), id);
    expect(result.status).toBe('fail');
    expect(result.findings.some(({ paths = [] }) => paths.length > 0)).toBe(true);
  });

  const limits: readonly (readonly [name: string, SnapshotChanges, status: string])[] = [
    ['above 0', limited({ max_connections: 1, max_pending_requests: 1 }), 'pass'],
    ['that count for HTTP alone', limited({ max_concurrent_requests: 0 }), 'pass'],
    [
      'of an override for another peer',
      limited(undefined, overridden('north', { MaxConnections: 0 })),
      'pass',
    ],
    [
      'of an override that its own replace',
      limited({ max_connections: 9 }, overridden('west', { MaxPendingRequests: 0 })),
      'pass',
    ],
    [
      'that its agent has not merged',
      limited(undefined, overridden('west', { MaxPendingRequests: 0 }), { managedBy: 'agent' }),
      'pass',
    ],
    ['that the snapshot withholds', limited({ max_connections: '<withheld>' }), 'unknown'],
  ];

  it.each(limits)('take limits %s', (_, changes, status) => {
    const [path] = pathsIn(twoClusters(changes));
    expect(path?.hops.find(({ name }) => name === 'upstream')?.status).toBe(status);
  });

  it.each([
    ['the registration', limited({ max_connections: 0 }), 'west', /max_connections/u],
    [
      'the entry',
      limited({ MaxPendingRequests: 0 }, overridden('west', { MaxPendingRequests: 0 }), {
        managedBy: 'agent',
      }),
      'Overrides',
      /MaxPendingRequests/u,
    ],
  ])('free a limit of 0 where it is set: in %s', (_, changes, kept, gone) => {
    const [finding] = resultOf(run(twoClusters(changes)), 'upstream-imported').findings;
    const code = finding?.remediation.map((one) => one.code).join('\n') ?? '';
    expect(code).toContain(kept);
    expect(code).not.toMatch(gone);
  });

  it('pass a gateway in maintenance, which peers go on using', () => {
    const resting = exampleGateway({
      checks: [exampleCheck({ CheckID: '_service_maintenance:mesh-gateway', Status: 'critical' })],
    });
    for (const snapshot of [twoClusters({ gateways: [resting] }), twoClusters({}, { gateways: [resting] })]) {
      expect(pathsIn(snapshot).map(({ status }) => status)).toEqual(['pass', 'pass']);
      expect(findingsOf(run(snapshot), 'error')).toEqual([]);
    }
  });

  it('end at the own gateway in maintenance with local mode', () => {
    const resting = exampleGateway({
      checks: [exampleCheck({ CheckID: '_node_maintenance', Status: 'critical', ServiceID: '' })],
    });
    const local = exampleSidecar([exampleUpstream({ MeshGateway: { Mode: 'local' } })], { failing: [] });
    const [path] = pathsIn(twoClusters({ sidecars: [local], gateways: [resting] }));
    expect(path && shortPath(path).slice(1)).toEqual(['consumer', 'fail', 'local-gateway fail']);
  });

  it('raise no error here for what is wrong at the consumer there', () => {
    const snapshot = twoClusters(
      {},
      {
        sidecars: [
          exampleSidecar([exampleUpstream({ DestinationName: 'api', DestinationPeer: 'east' })], {
            failing: ['x'],
          }),
        ],
      },
    );
    expect(findingsOf(run(snapshot), 'error')).toEqual([]);
  });

  it('warn alone of what a peer calls and nobody exports, which may be its mistake', () => {
    const snapshot = twoClusters({
      exportedServices: [exampleExports([{ name: 'other', peers: ['west'] }])],
    });
    expect(findingsOf(run(snapshot), 'error')).not.toContain('exported-services-defined service api');
  });
});

describe('a discovery chain of the exporter that sends requests on to a service without instances', () => {
  const ending = (name: string) => ({ Type: 'resolver', Name: name, Resolver: { Target: name } });
  const route = (to: string, HTTP?: object) => ({
    NextNode: `resolver:${to}`,
    Definition: { Match: HTTP ? { HTTP } : null },
  });
  const splits = (...legs: readonly (readonly [string, number])[]) => ({
    Type: 'splitter',
    Name: 'billing',
    Splits: legs.map(([to, Weight]) => ({ NextNode: `resolver:${to}`, Weight })),
  });
  const routes = (...Routes: readonly object[]) => ({ Type: 'router', Name: 'billing', Routes });
  /** The chain of billing, which starts with a node; `empty` has that many instances. */
  const startingWith = (start: object, inMesh: number): SnapshotChanges => ({
    ...chainTo(inMesh),
    exportedChains: [
      {
        endpoint: '/v1/discovery-chain/billing',
        service: 'billing',
        protocol: '',
        chain: DiscoveryChain.parse({
          Chain: {
            StartNode: 'start',
            Nodes: { start, 'resolver:billing': ending('billing'), 'resolver:empty': ending('empty') },
            Targets: {
              billing: { ID: 'billing', Service: 'billing', Datacenter: 'dc2' },
              empty: { ID: 'empty', Service: 'empty', Datacenter: 'dc2' },
            },
          },
        }).Chain,
      },
    ],
    intentions: ['billing', 'empty'].map((name) => exampleIntentions([{ name: 'web', peer: 'east' }], name)),
  });
  const broken = 'upstream-imported upstream web-sidecar-proxy → billing';
  const answer = (start: object, inMesh: number) => {
    const snapshot = twoClusters({}, startingWith(start, inMesh));
    const report = run(snapshot);
    return [pathsIn(snapshot)[0]?.status, findingsOf(report, 'error'), findingsOf(report, 'warning')];
  };

  it.each([
    [
      'by a route of some paths',
      routes(route('empty', { PathPrefix: '/x' }), route('billing')),
      ['pass', [], [broken]],
    ],
    [
      'by a route of all that asks for a header',
      routes(route('empty', { PathPrefix: '/', Header: [{}] }), route('billing')),
      ['pass', [], [broken]],
    ],
    ['by a leg of a splitter', splits(['billing', 99], ['empty', 1]), ['pass', [broken], []]],
    [
      'by a route of all',
      routes(route('empty', { PathPrefix: '/' }), route('billing', { PathPrefix: '/' })),
      ['fail', [broken], []],
    ],
    [
      'by a route without a match',
      routes(route('empty'), route('billing', { PathPrefix: '/' })),
      ['fail', [broken], []],
    ],
    ['by the only leg of a splitter', splits(['empty', 100]), ['fail', [broken], []]],
    ['by a leg without calls', splits(['billing', 100], ['empty', 0]), ['pass', [], []]],
    [
      'by a route behind one of all',
      routes(route('billing', { PathPrefix: '/' }), route('empty', { PathPrefix: '/x' })),
      ['pass', [], []],
    ],
  ])('%s', (_, start, expected) => {
    expect(answer(start, 0)).toEqual(expected);
    expect(answer(start, 1)).toEqual(['pass', [], []]);
  });
});

it.each<[string, SnapshotChanges, object, string]>([
  ['over tcp are not known to take certificates of the peer', {}, { native: 2, inMesh: 2 }, 'unknown'],
  ['over http get the certificate of the gateway', speaking('http'), { native: 2, inMesh: 2 }, 'pass'],
  ['beside a sidecar over tcp are not known to take them either', {}, { native: 1, inMesh: 2 }, 'unknown'],
  ['beside a sidecar over http pass', speaking('http'), { native: 1, inMesh: 2 }, 'pass'],
])('connect-native instances %s', (_, protocols, counts, status) => {
  const exportedHealth = [exampleExportedHealth({ name: 'billing', ...counts })];
  const snapshot = twoClusters({}, { ...protocols, exportedHealth });
  expect(pathsIn(snapshot)[0]?.status).toBe(status);
  expect(findingsOf(run(snapshot), 'error')).toEqual([]);
  expect(run(snapshot).verdict).toBe(status === 'pass' ? 'ready' : 'unknown');
});

it.each<[string, SnapshotChanges['exportedHealth'], string]>([
  ['works', [exampleExportedHealth({ name: 'orders' })], 'pass'],
  ['has no row of health that was read', [exampleExportedHealth()], 'unknown'],
  ['has no health that is visible', hidden(), 'unknown'],
])('a path by a splitter whose other leg %s', (_, exportedHealth, status) => {
  const snapshot = twoClusters({
    sidecars: [
      exampleSidecar([exampleUpstream({ DestinationName: 'split', DestinationPeer: '' })], { failing: [] }),
    ],
    serviceSplitters: [
      exampleEntry({
        Kind: 'service-splitter' as const,
        Name: 'split',
        Splits: ['remote', 'orders'].map((Service) => ({ Service, ServiceSubset: '', Weight: 50 })),
      }),
    ],
    ...resolver('remote', { Redirect: target({ Service: 'billing', Peer: 'west' }) }),
    serviceNames: [{ name: 'orders' }, { name: 'api' }],
    exportedHealth,
  });
  const [path] = pathsIn(snapshot);
  expect([path?.called, path?.hops.find(({ name }) => name === 'upstream')?.status]).toEqual([
    'split',
    status,
  ]);
});

it.each([
  ['over tcp', 'tcp', 2, 'fail'],
  ['over http', 'http', 2, 'pass'],
  ['over tcp, beside a sidecar', 'tcp', 1, 'pass'],
])('of a redirect to a service behind a terminating gateway (%s)', (_, spoken, terminatedRows, status) => {
  const [path] = pathsIn(twoClusters({}, chainTo(2, { Protocol: spoken, terminatedRows })));
  expect(path?.hops.find(({ name }) => name === 'instances')?.status).toBe(status);
});

it.each([
  ['a name', 'billing', false],
  ['a wildcard', '*', true],
] as const)(
  'of a service behind a terminating gateway with no passing instance, exported by %s',
  (_, name, atRisk) => {
    const far = (passing: number, instances = 1): SnapshotChanges => ({
      exportedServices: [exampleExports([{ name, peers: ['east'] }])],
      resolvedExports: [{ Service: 'billing', Consumers: { Peers: ['east'], Partitions: [] } }],
      exportedHealth: [
        exampleExportedHealth({ name: 'billing', instances, passing, inMesh: 1, terminatedRows: 1 }),
      ],
    });
    const hopOf = (passing: number, instances?: number) =>
      pathsIn(twoClusters({}, far(passing, instances)))[0]?.hops.find((hop) => hop.name === 'instances');
    expect(hopOf(0)).toMatchObject({ status: 'pass', atRisk });
    const cautions = [hopOf(0), hopOf(1), hopOf(0, 0)].map((hop) => hop?.caution !== '');
    expect(cautions).toEqual([true, false, false]);
    const warned = findingsOf(run(twoClusters({}, far(0))), 'warning');
    expect(warned).toEqual(atRisk ? ['upstream-imported upstream web-sidecar-proxy → billing'] : []);
  },
);

it.each([
  ['of the same trust domain', `server.dc3.peering.${exampleRoots().roots.TrustDomain}`, 'pass'],
  ['of another trust domain', 'server.dc3.peering.other.consul', 'fail'],
  ['of a trust domain that is not visible', '', 'unknown'],
])('of one federation is decided by intentions about a third peer %s', (_, PeerServerName, status) => {
  const far: SnapshotChanges = {
    caRoots: exampleRoots(),
    peerings: {
      enabled: true,
      list: [
        examplePeering({ Name: 'east', ID: 'west-id', PeerID: examplePeering().ID }),
        examplePeering({ Name: 'south', ID: 'south-id', PeerServerName }),
      ],
    },
    exportedServices: [exampleExports([{ name: 'billing', peers: ['east', 'south'] }])],
    intentions: [exampleIntentions([{ name: 'web', peer: 'south' }], 'billing')],
  };
  const [path] = pathsIn(twoClusters({}, far));
  expect(path?.hops.find(({ name }) => name === 'intention')?.status).toBe(status);
});

it('does not end at a link-local address while other gateways of the peer are not visible', () => {
  const gateways = partial([
    exampleGateway({ service: { TaggedAddresses: { wan: { Address: '169.254.7.7', Port: 1 } } } }),
  ]);
  const [path] = pathsIn(twoClusters({}, { gateways }));
  expect(path && shortPath(path).slice(2)).toEqual(['unknown', 'gateway-address unknown']);
});

it('follows the discovery chain of what a peer exports', () => {
  const [path] = pathsIn(twoClusters({}, chainTo(2)));
  expect(path?.status).toBe('pass');
  const [unread] = pathsIn(twoClusters({}, { exportedChains: hidden() }));
  expect(unread && shortPath(unread).slice(3)).toEqual(['intention unknown', 'instances unknown']);
});

it('tells the risk that no token fits the gateway before what an exported name is sent on to', () => {
  const exit: SnapshotChanges = {
    terminatingGateways: [
      exampleEntry({ Kind: 'terminating-gateway' as const, Name: 'exit', Services: [{ Name: 'empty' }] }),
    ],
    serviceNames: [{ name: 'exit' }],
    sidecarTokens: exampleSidecarTokens({
      gateways: [{ kind: 'terminating-gateway', gateway: 'exit', services: ['empty'], writers: [] }],
    }),
  };
  const cautionIn = (changes: SnapshotChanges) =>
    pathsIn(twoClusters({}, { ...exit, ...changes }))[0]?.hops.find(({ name }) => name === 'destination')
      ?.caution;
  expect([cautionIn(chainTo(2)), cautionIn({})].map((caution) => caution !== '')).toEqual([true, false]);
});

it('follows chains of a peer with too many by name: those that were read, and names that no entry rewrites', () => {
  const chains = rowsOf(twoClusters({}, chainTo(2)).sections.otherSides).flatMap(({ snapshot }) =>
    snapshot.visibility === 'hidden' ? [] : rowsOf(snapshot.value.sections.exportedChains),
  );
  const short = (changes: SnapshotChanges) =>
    pathsIn(
      twoClusters({}, { ...chainTo(2), exportedChains: partial(chains, { kind: 'too-large' }), ...changes }),
    )
      .slice(0, 1)
      .map((path) => shortPath(path).slice(2));
  const redirected = resolver('billing', { Redirect: target({ Service: 'empty' }) });
  const unread = {
    exportedChains: partial(
      chains.map((chain) => ({ ...chain, service: 'other' })),
      { kind: 'too-large' },
    ),
  };
  const plain = {
    ...unread,
    ...resolver('billing', { ConnectTimeout: '5s' }),
    intentions: [exampleIntentions([{ name: 'web', peer: 'east' }], 'billing')],
  };
  expect(short(redirected)).toEqual([['pass']]);
  expect(short({ ...redirected, ...unread })).toEqual([
    ['unknown', 'intention unknown', 'instances unknown'],
  ]);
  expect(short({ ...redirected, ...plain, serviceResolvers: hidden() })).toEqual([
    ['unknown', 'intention unknown', 'instances unknown'],
  ]);
  expect(short(plain)).toEqual([['pass']]);
});

it('follows the default subset of what a peer exports', () => {
  expect(pathsIn(twoClusters({}, subsetWith(1)))[0]?.status).toBe('pass');
  const unread = pathsIn(twoClusters({}, { ...subsetWith(undefined) }))[0];
  expect(unread?.hops.find(({ name }) => name === 'instances')?.status).not.toBe('fail');
});

describe('a mistake of the other side', () => {
  const [west] = rowsOf(twoClusters({}, { gateways: [] }).sections.otherSides);
  const fixTitles = (snapshot: Snapshot, id: string): readonly string[] =>
    resultOf(run(snapshot), id).findings.flatMap(({ remediation }) => remediation.map(({ title }) => title));

  it('gets the fixes that its own check gives there, whatever other peers are', () => {
    if (west?.snapshot.visibility !== 'visible') throw new Error('prod-west is not visible');
    const there = fixTitles(west.snapshot.value, 'mesh-gateway-registered');
    expect(there.length).toBeGreaterThan(1);
    const lab = { peer: 'lab', cluster: 'staging', snapshot: visible(snapshotOf()) };
    const here = twoClusters({ otherSides: [lab, west] });
    expect(fixTitles(here, 'upstream-imported')).toEqual(there.map((title) => `In prod-west: ${title}`));
  });

  it('gets those of the service that is called alone, also where it fails outside the mesh', () => {
    const down = (name: string, passing: number) =>
      exampleExportedHealth({
        name,
        endpoint: `/v1/health/connect/${name}`,
        passing,
        downInMesh: {
          kind: 'connect-proxy',
          service: `${name}-proxy`,
          id: `${name}-proxy`,
          node: 'app-9',
          synthetic: false,
          failing: ['a check'],
        },
      });
    const codes = (passing: number): string => {
      const snapshot = twoClusters(
        {},
        {
          exportedServices: [
            exampleExports([
              { name: 'billing', peers: ['east'] },
              { name: 'ledger', peers: ['east'] },
            ]),
          ],
          exportedHealth: [down('billing', passing), down('ledger', passing)],
        },
      );
      return codesOf(resultOf(run(snapshot), 'upstream-imported')).join('\n');
    };
    expect([codes(2), codes(0)].map((code) => [/billing/u.test(code), /ledger/u.test(code)])).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  it('gets none where the mistake is here, or where its caller is', () => {
    const stopped = exampleSidecar(undefined, { failing: ['web-sidecar-proxy'] });
    const everywhere = [twoClusters({ sidecars: [stopped] }), twoClusters({ gateways: [] })];
    const own = everywhere.flatMap((snapshot) =>
      run(snapshot).results.flatMap(({ findings }) =>
        findings.flatMap(({ remediation }) => remediation.map(({ title }) => title)),
      ),
    );
    expect(own.length).toBeGreaterThan(2);
    expect(own.filter((title) => title.startsWith('In '))).toEqual([]);
  });
});

describe('two clusters that differ', () => {
  const meshEntry = (TLS: object): SnapshotChanges => ({
    mesh: [exampleEntry({ Kind: 'mesh', Name: 'mesh', TLS } as never)],
  });
  const defaults = (Name: string, Protocol: string): SnapshotChanges => ({
    serviceDefaults: [exampleEntry({ Kind: 'service-defaults', Name, Protocol } as never)],
  });
  const fixesOf = (snapshot: Snapshot, id: string, kind: string): readonly string[] =>
    resultOf(run(snapshot), id)
      .findings.filter(({ subject }) => subject.kind === kind)
      .flatMap(({ severity, remediation }) => [
        severity,
        ...remediation.filter(({ language }) => language === 'shell').map(({ title }) => title),
      ]);

  it('in TLS versions get the fix where the call starts', () => {
    const only13 = meshEntry({ Incoming: { TLSMinVersion: 'TLSv1_3' } });
    const snapshot = twoClusters({}, only13);
    const [finding] = resultOf(run(snapshot), 'peering-two-sided').findings;
    expect(finding?.remediation[0]?.code).toContain('TLSMaxVersion = "TLSv1_3"');
    expect(fixesOf(snapshot, 'peering-two-sided', 'peering')).toEqual([
      'error',
      'let proxies call with a TLS version that the other end accepts: write mesh/mesh',
    ]);
    // Here the caller is the other side.
    expect(fixesOf(twoClusters(only13), 'peering-two-sided', 'peering')[1]).toMatch(/^In prod-west: /u);
    const http = twoClusters(meshEntry({ Outgoing: { TLSMaxVersion: 'TLSv1_3' } }), {
      ...only13,
      ...defaults('billing', 'http'),
    });
    expect(fixesOf(http, 'peering-two-sided', 'peering')[1]).toMatch(/^In prod-west: /u);
  });

  it('in frames of HTTP/2 are a warning of the call, with a fix for each case, at the consumer alone', () => {
    const snapshot = twoClusters({}, defaults('billing', 'http2'));
    expect(fixesOf(snapshot, 'peering-two-sided', 'upstream')).toEqual([
      'warning',
      expect.stringMatching(/^if web speaks http2 to billing: declare that protocol/u),
      expect.stringMatching(/^In prod-west: if web and billing speak HTTP\/1: serve http/u),
    ]);
    expect(pathsIn(snapshot)[0]?.status).toBe('pass');
    expect(resultOf(run(twoClusters(defaults('api', 'http2'))), 'peering-two-sided').status).toBe('pass');
    const declared = twoClusters(defaults('billing', 'http2'), defaults('billing', 'http2'));
    expect(resultOf(run(declared), 'peering-two-sided').status).toBe('pass');
  });
});

describe('a cluster whose peer is not configured', () => {
  it('sees what Consul offers here, and no more', () => {
    const [path] = pathsIn(snapshotOf());
    expect(path?.isOtherEndUnread).toBe(true);
    expect(path && shortPath(path).slice(3)).toEqual([
      'consumer unknown',
      'remote-gateway unknown',
      'remote-peering unknown',
      'intention unknown',
      'protocol unknown',
      'tls unknown',
    ]);
  });
});

/** Changes of one side, of which some hide what decides. */
const changes: fc.Arbitrary<SnapshotChanges> = fc
  .record(
    {
      peerings: fc.constantFrom<SnapshotChanges['peerings']>(
        peeringTo('FAILING'),
        peeringTo('PENDING'),
        peeringTo('TERMINATED'),
        { enabled: true, list: [] },
        hidden(),
      ),
      gateways: fc.constantFrom<SnapshotChanges['gateways']>([], [down], hidden(), partial([])),
      intentions: fc.constantFrom<SnapshotChanges['intentions']>(
        [],
        [exampleIntentions([{ name: '*', peer: 'west', action: 'deny' }], '*')],
        [exampleIntentions([{ name: 'web', peer: 'wset' }])],
        hidden(),
      ),
      exportedServices: fc.constantFrom<SnapshotChanges['exportedServices']>(
        [],
        [exampleExports([{ name: '*', peers: ['west'] }])],
        [exampleExports([{ name: 'other', peers: ['east', 'west'] }])],
        hidden(),
      ),
      exportedHealth: fc.constantFrom<SnapshotChanges['exportedHealth']>(
        [],
        [exampleExportedHealth({ inMesh: 0, instances: 0, passing: 0 })],
        [exampleExportedHealth({ name: 'billing', inMesh: 0 })],
        hidden(),
      ),
      importedServices: fc.constantFrom<SnapshotChanges['importedServices']>(
        [],
        [exampleImportedService({ instances: 0, passing: 0, addresses: [] })],
        [exampleImportedService({ passing: 0, failing: ['x'] })],
        hidden(),
      ),
      sidecars: fc.constantFrom<SnapshotChanges['sidecars']>(
        [],
        [exampleSidecar([exampleUpstream({ DestinationPeer: 'wset' })], { failing: [] })],
        [exampleSidecar([exampleUpstream({ MeshGateway: { Mode: 'local' } })], { failing: ['x'] })],
        [exampleSidecar([exampleUpstream({ DestinationName: 'other' })], { failing: [] })],
        hidden(),
        partial([exampleSidecar()]),
      ),
    },
    { requiredKeys: [] },
  )
  .map((found) => found as SnapshotChanges);

const ids = new Set(registry.map(({ id }) => id));

describe('any two clusters', () => {
  it('fail the check of every hop at which a path ends', () => {
    let failing = 0;
    fc.assert(
      fc.property(changes, changes, (east, west) => {
        const snapshot = twoClusters(east, west);
        const report = run(snapshot);
        for (const [id, problems] of pathProblems(pathsIn(snapshot))) {
          const failures = problems.filter(({ hop }) => hop.status === 'fail');
          for (const _ of ids.has(id) ? failures : []) {
            failing += 1;
            const result = resultOf(report, id);
            // A standby path is no more than a warning, which nothing decides while something is hidden.
            const isDecided =
              result.status === 'fail' || (result.status === 'unknown' && result.findings.length > 0);
            expect([id, isDecided]).toEqual([id, true]);
          }
        }
      }),
      { numRuns: 1000 },
    );
    expect(failing).toBeGreaterThan(500);
  });
});

describe('a transparent proxy', () => {
  const proxy = { ...exampleSidecar().proxy, Mode: 'transparent' };
  const implicit = exampleSidecar([], { proxy: { ...proxy, Upstreams: [] }, failing: [] });
  const trace = (snapshot: Snapshot) => {
    const traced = traceService(snapshot, { service: 'web', destination: 'billing' });
    return traced.ok
      ? [traced.value.reachable, traced.value.hops.find(({ status }) => status === 'broken')?.name]
      : traced.error;
  };

  it('calls services of peers without an upstream', () => {
    expect(trace(twoClusters({ sidecars: [implicit] }))).toEqual(['yes', undefined]);
    expect(trace(twoClusters({ sidecars: [implicit] }, { intentions: [] }))).toEqual(['no', 'intention']);
    expect(trace(twoClusters({ sidecars: [exampleSidecar([], { failing: [] })] }))).toEqual([
      'no',
      'upstream',
    ]);
  });

  it('is no known consumer: nothing fails for what it may call', () => {
    const snapshot = twoClusters({ sidecars: [implicit] }, { intentions: [] });
    expect(findingsOf(run(snapshot), 'error')).toEqual([]);
  });

  it('needs a gateway in local mode for what its upstreams do not name', () => {
    const explicit = exampleSidecar([exampleUpstream({ MeshGateway: { Mode: 'remote' } })], {
      proxy: { ...proxy, Upstreams: [exampleUpstream({ MeshGateway: { Mode: 'remote' } })] },
      failing: [],
    });
    const local = exampleEntry({
      Kind: 'proxy-defaults' as const,
      Name: 'global',
      Mode: '',
      Config: {},
      MeshGateway: { Mode: 'local' },
    });
    const importing = (...ImportedServices: string[]) =>
      twoClusters({
        sidecars: [explicit],
        gateways: [],
        exportedServices: [],
        proxyDefaults: [local],
        peerings: {
          enabled: true,
          list: [
            examplePeering({
              StreamStatus: { ...examplePeering().StreamStatus, ImportedServices, ExportedServices: [] },
            }),
          ],
        },
      });
    const failing = (snapshot: Snapshot) => resultOf(run(snapshot), 'mesh-gateway-local-registered').status;
    expect(failing(importing('billing', 'db'))).toBe('fail');
    expect(failing(importing('billing'))).not.toBe('fail');
  });
});

describe('a gateway', () => {
  const routed: SnapshotChanges = {
    ...gatewayToRemote,
    serviceResolvers: [
      exampleEntry({
        Kind: 'service-resolver' as const,
        Name: 'remote',
        Redirect: { Service: 'billing', ServiceSubset: '', Peer: 'west', Datacenter: '', SamenessGroup: '' },
        Failover: {},
      }),
    ],
  };
  const allowed: SnapshotChanges = {
    intentions: [
      exampleIntentions(
        [
          { name: 'web', peer: 'east' },
          { name: 'front', peer: 'east' },
        ],
        'billing',
      ),
    ],
  };
  const ofGateway = (snapshot: Snapshot) =>
    pathsIn(snapshot)
      .filter(({ consumer }) => consumer.service === 'front')
      .map(shortPath);

  it('calls services of peers by its routes', () => {
    expect(ofGateway(twoClusters(routed, allowed))).toEqual([['front → billing', 'consumer', 'pass']]);
    expect(findingsOf(run(twoClusters(routed, allowed)), 'error')).toEqual([]);
  });

  it('needs an intention of its own', () => {
    const snapshot = twoClusters(routed);
    expect(ofGateway(snapshot)).toEqual([['front → billing', 'consumer', 'fail', 'intention fail']]);
    expect(findingsOf(run(snapshot), 'error')).toEqual([
      'intentions-allow-peer intention front of east → billing',
    ]);
  });

  it('fails the check of routes for what its peer does not offer', () => {
    const none = [exampleImportedService({ instances: 0, passing: 0, addresses: [] })];
    const snapshot = twoClusters(
      { ...routed, importedServices: none },
      { ...allowed, exportedHealth: [exampleExportedHealth({ name: 'billing', inMesh: 0 })] },
    );
    expect(resultOf(run(snapshot), 'gateway-routes').status).toBe('fail');
  });

  it('calls nothing where one of its TCP routes resolves to a peer', () => {
    const tcp: SnapshotChanges = {
      ...routed,
      tcpRoutes: [
        exampleEntry({
          Kind: 'tcp-route' as const,
          Name: 'raw',
          Parents: [{ Kind: 'api-gateway', Name: 'front', SectionName: 'tcp' }],
          Services: [{ Name: 'remote' }],
        }),
      ],
    };
    const { httpRoutes: _, ...tcpOnly } = tcp;
    expect(ofGateway(twoClusters(tcpOnly, allowed))).toEqual([
      ['front → billing', 'consumer', 'fail', 'upstream fail'],
    ]);
    const http = pathsIn(twoClusters({ ...tcp, tcpRoutes: [] }, allowed));
    expect(http.filter(({ status }) => status === 'fail')).toEqual([]);
    // Its HTTP routes are not served either.
    const other: SnapshotChanges = {
      serviceResolvers: ['remote', 'other'].map((Name) =>
        exampleEntry({
          Kind: 'service-resolver' as const,
          Name,
          Redirect: {
            Service: 'billing',
            ServiceSubset: '',
            Peer: 'west',
            Datacenter: '',
            SamenessGroup: '',
          },
          Failover: {},
        }),
      ),
      httpRoutes: [
        exampleEntry({
          Kind: 'http-route' as const,
          Name: 'all',
          Parents: [{ Kind: 'api-gateway', Name: 'front', SectionName: 'http' }],
          Rules: [{ Services: [{ Name: 'other' }] }],
        }),
      ],
    };
    expect(findingsOf(run(twoClusters({ ...tcp, ...other }, allowed)), 'error')).toEqual([
      'gateway-routes api-gateway front → remote',
      'gateway-routes api-gateway front → other',
    ]);
  });

  it('takes no mesh gateway mode from proxy-defaults', () => {
    const local: SnapshotChanges = {
      ...routed,
      sidecars: [],
      gateways: [],
      exportedServices: [],
      proxyDefaults: [
        exampleEntry({
          Kind: 'proxy-defaults' as const,
          Name: 'global',
          Mode: '',
          Config: {},
          MeshGateway: { Mode: 'local' },
        }),
      ],
    };
    expect(ofGateway(twoClusters(local, allowed))).toEqual([['front → billing', 'consumer', 'pass']]);
  });

  it('is not known to run where no check watches an instance that is up', () => {
    const watched = routed.routingGateways as Sections['routingGateways'];
    const unwatched = watched.map((one) => ({ ...one, unchecked: true }));
    const down = watched.map((one) => ({ ...one, failing: ['x'] }));
    const shortOf = (routingGateways: Sections['routingGateways']) =>
      ofGateway(twoClusters({ ...routed, routingGateways }, allowed)).map((path) => path.slice(2));
    expect(shortOf(unwatched)).toEqual([['unknown', 'consumer unknown']]);
    expect(shortOf([...unwatched, ...down])).toEqual([['unknown', 'consumer unknown']]);
    expect(shortOf([...unwatched, ...watched])).toEqual([['pass']]);
  });

  it('is down where all of its instances are', () => {
    const [gateway] = routed.routingGateways as Sections['routingGateways'];
    const down = [{ ...(gateway as Sections['routingGateways'][number]), failing: ['x'] }];
    expect(ofGateway(twoClusters({ ...routed, routingGateways: down }, allowed))).toEqual([
      ['front → billing', 'consumer', 'fail', 'consumer fail'],
    ]);
    // One that is not deployed calls nothing.
    expect(ofGateway(twoClusters({ ...routed, routingGateways: [] }, allowed))).toEqual([]);
  });
});
