import type { SnapshotChanges } from '../../../src/checks/examples/healthy';
import {
  exampleEntry,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { openSnapshot } from '../../../src/checks/view';
import { pathsView } from '../../../src/checks/views/paths';
import { ProxyDefaults, ServiceDefaults, ServiceRouter, type Upstream } from '../../../src/consul/wire';
import type { HopName } from '../../../src/paths/model';
import { rowsOf } from '../../../src/snapshot/section';
import type { SidecarInstance, Snapshot } from '../../../src/snapshot/snapshot';
import { resolver, sentOnTo, target } from '../changes';
import { codesOf } from '../check-table';
import { twoClusters } from '../two-clusters';
import { findingsOf, resultOf, run } from '../world';

const upstream = (
  Config: Upstream['Config'],
  rest: Partial<Upstream> = {},
  sidecar: Partial<SidecarInstance> = {},
): SnapshotChanges => ({
  sidecars: [exampleSidecar([exampleUpstream({ Config, ...rest })], { failing: [], ...sidecar })],
});

const defaults = (Name: string, rest: object): SnapshotChanges => ({
  serviceDefaults: [exampleEntry(ServiceDefaults.parse({ Kind: 'service-defaults', Name, ...rest }))],
});

const proxyDefaults = (Config: object): SnapshotChanges => ({
  proxyDefaults: [exampleEntry(ProxyDefaults.parse({ Kind: 'proxy-defaults', Name: 'global', Config }))],
});

const router = (Name: string, ...destinations: readonly (readonly [string, string])[]): SnapshotChanges => ({
  serviceRouters: [
    exampleEntry(
      ServiceRouter.parse({
        Kind: 'service-router',
        Name,
        Routes: destinations.map(([Service, RequestTimeout]) => ({
          Destination: { Service, RequestTimeout },
        })),
      }),
    ),
  ],
});

const overrides = (Peer: string, ConnectTimeoutMs: number): SnapshotChanges =>
  defaults('web', { UpstreamConfig: { Overrides: [{ Name: 'billing', Peer, ConnectTimeoutMs }] } });

/** `remote`, which a router, a resolver or both rewrite, is called instead of billing at its peer. */
const remote = (...changes: readonly SnapshotChanges[]): SnapshotChanges => ({
  ...resolver('remote', { Redirect: target({ Service: 'billing', Peer: 'west' }) }),
  ...upstream({ protocol: 'http' }, { DestinationName: 'remote', DestinationPeer: '' }),
  ...Object.assign({}, ...changes),
});

const http = { Protocol: 'http' };

const health = (ms: number): SnapshotChanges => ({
  exportedHealth: [
    exampleExportedHealth({
      name: 'billing',
      endpoint: '/v1/health/connect/billing',
      localRequestTimeout: {
        proxy: 'billing-1',
        path: '[0].Service.Proxy.Config.local_request_timeout_ms',
        ms,
      },
    }),
  ],
});

/** The changes here and there, and how many timeouts are named at a hop of the way from web to billing. */
type Row = readonly [
  name: string,
  here: SnapshotChanges,
  there: SnapshotChanges,
  hop: HopName,
  named: number,
];

const rows: readonly Row[] = [
  ['a time to connect', upstream({ connect_timeout_ms: 10 }), {}, 'upstream', 1],
  ['one in another case, as text', upstream({ Connect_Timeout_Ms: '3' }), {}, 'upstream', 1],
  ['one that is long enough', upstream({ connect_timeout_ms: 11 }), {}, 'upstream', 0],
  ['one of 0, which is the default', upstream({ connect_timeout_ms: 0 }), {}, 'upstream', 0],
  ['one below 0, which is the default', upstream({ connect_timeout_ms: -1 }), {}, 'upstream', 0],
  ['one that is a list', upstream({ connect_timeout_ms: [3] }), {}, 'upstream', 0],
  ['one that is withheld', upstream({ connect_timeout_ms: '<withheld>' }), {}, 'upstream', 0],
  ['one of an override for the peer', overrides('west', 2), {}, 'upstream', 1],
  ['one of an override for another peer', overrides('north', 2), {}, 'upstream', 0],
  [
    'one of an override that the registration replaces',
    { ...overrides('west', 2), ...upstream({ connect_timeout_ms: 5000 }) },
    {},
    'upstream',
    0,
  ],
  [
    'one of the defaults of upstreams',
    defaults('web', { UpstreamConfig: { Defaults: { ConnectTimeoutMs: 2 } } }),
    {},
    'upstream',
    1,
  ],
  [
    'one of the defaults, which its agent has not merged',
    {
      ...defaults('web', { UpstreamConfig: { Defaults: { ConnectTimeoutMs: 2 } } }),
      ...upstream({}, {}, { managedBy: 'agent' }),
    },
    {},
    'upstream',
    0,
  ],
  ['a route to what a resolver redirects', remote(router('remote', ['remote', '5ms'])), {}, 'upstream', 1],
  ['a route that waits long enough', remote(router('remote', ['remote', '1m0.005s'])), {}, 'upstream', 0],
  ['a route without a limit', remote(router('remote', ['remote', '0s'])), {}, 'upstream', 0],
  ['a route to another service', remote(router('remote', ['api', '5ms'])), {}, 'upstream', 0],
  ['a router of another name', remote(router('other', ['remote', '5ms'])), {}, 'upstream', 0],
  [
    'a router of the name of the service, which an upstream that names its peer passes by',
    router('billing', ['billing', '5ms']),
    {},
    'upstream',
    0,
  ],
  ['a time for requests', {}, defaults('billing', { ...http, LocalRequestTimeoutMs: 5 }), 'destination', 1],
  [
    'one that is a list instead of a number',
    {},
    defaults('billing', { ...http, LocalRequestTimeoutMs: [5] }),
    'destination',
    0,
  ],
  [
    'one of proxy-defaults that is a list',
    {},
    { ...defaults('billing', http), ...proxyDefaults({ local_request_timeout_ms: [5] }) },
    'destination',
    0,
  ],
  ['one that is long', {}, defaults('billing', { ...http, LocalRequestTimeoutMs: 15_000 }), 'destination', 0],
  ['one over tcp', {}, defaults('billing', { LocalRequestTimeoutMs: 5 }), 'destination', 0],
  ['one of another service', {}, defaults('other', { ...http, LocalRequestTimeoutMs: 5 }), 'destination', 0],
  ['one of the registration', {}, { ...defaults('billing', http), ...health(5) }, 'destination', 1],
  [
    'one that the registration replaces',
    {},
    { ...defaults('billing', { ...http, LocalRequestTimeoutMs: 5 }), ...health(500) },
    'destination',
    0,
  ],
  [
    'one of a connect-native service, which has no Envoy',
    {},
    {
      ...defaults('billing', { ...http, LocalRequestTimeoutMs: 5 }),
      exportedHealth: [exampleExportedHealth({ name: 'billing', native: 2, inMesh: 2 })],
    },
    'destination',
    0,
  ],
  [
    'one of proxy-defaults',
    {},
    { ...defaults('billing', http), ...proxyDefaults({ local_request_timeout_ms: 5 }) },
    'destination',
    1,
  ],
  [
    'one of proxy-defaults that service-defaults replace',
    {},
    {
      ...defaults('billing', { ...http, LocalRequestTimeoutMs: 500 }),
      ...proxyDefaults({ local_request_timeout_ms: 5 }),
    },
    'destination',
    0,
  ],
  [
    'a resolver of the service',
    {},
    { ...defaults('billing', http), ...resolver('billing', { RequestTimeout: '500us' }) },
    'destination',
    1,
  ],
  [
    'a resolver that redirects, whose own time does not count',
    {},
    {
      ...defaults('billing', http),
      ...resolver('billing', { RequestTimeout: '5ms', Redirect: target({ Service: 'v2' }) }),
    },
    'destination',
    0,
  ],
  [
    'two routes of the service',
    {},
    { ...defaults('billing', http), ...router('billing', ['billing', '5ms'], ['v2', '1ms']) },
    'destination',
    2,
  ],
];

const cautionOf = (snapshot: Snapshot, name: HopName): string =>
  rowsOf(openSnapshot(snapshot).read(pathsView))
    .find(({ here }) => here === 'consumer')
    ?.hops.find((hop) => hop.name === name)?.caution ?? '';

const warned = 'upstream-imported upstream web-sidecar-proxy → ';

describe('a timeout that calls between clusters exceed', () => {
  it.each(rows)('%s', (_, here, there, hop, named) => {
    const snapshot = twoClusters(here, there);
    expect([...cautionOf(snapshot, hop).matchAll(/ is [\d.]+ ms/gu)]).toHaveLength(named);
    const warnings = findingsOf(run(snapshot), 'warning').filter((one) => one.startsWith(warned));
    expect(warnings).toHaveLength(named > 0 ? 1 : 0);
    expect(findingsOf(run(snapshot), 'error')).toEqual([]);
  });

  it('is that of the service which a discovery chain puts in the place of the exported one', () => {
    const there: SnapshotChanges = {
      ...sentOnTo('billing', 'v2'),
      exportedHealth: ['billing', 'v2'].map((name) => exampleExportedHealth({ name })),
      serviceDefaults: [['billing', 3] as const, ['v2', 4] as const].map(([Name, LocalRequestTimeoutMs]) =>
        exampleEntry(
          ServiceDefaults.parse({ Kind: 'service-defaults', Name, ...http, LocalRequestTimeoutMs }),
        ),
      ),
    };
    expect(cautionOf(twoClusters({}, there), 'destination')).toMatch(
      /^LocalRequestTimeoutMs of service-defaults\/v2 is 4 ms,/u,
    );
  });

  it.each([
    [
      'the registration',
      upstream({ connect_timeout_ms: 3, limits: { max_connections: 9 } }),
      /max_connections = 9/u,
      /connect_timeout_ms = /u,
    ],
    ['an override', overrides('west', 3), /Overrides/u, /ConnectTimeoutMs/u],
    ['a route', remote(router('remote', ['remote', '5ms'])), /Routes/u, /RequestTimeout/u],
  ])('goes out of %s by the fix, which keeps the rest', (_, here, kept, gone) => {
    const code = codesOf(resultOf(run(twoClusters(here)), 'upstream-imported')).join('\n');
    expect(code).toMatch(kept);
    expect(code).not.toMatch(gone);
  });
});
