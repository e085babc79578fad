import {
  exampleEntry,
  exampleExportedHealth,
  exampleImportedService,
} from '../../../src/checks/examples/parts';
import { changeSnapshot, type SnapshotChanges } from '../../../src/checks/examples/healthy';
import { withheldValue } from '../../../src/consul/shapes';
import { HttpRoute, ServiceRouter } from '../../../src/consul/wire';
import { rowsOf } from '../../../src/snapshot/section';
import { exporting, failingOver, withWest } from '../changes';
import { checkTable, codesOf, resultFor } from '../check-table';
import { hidden, partial } from '../world';

const resolver = (Name: string, Redirect: { Service?: string; Peer?: string }) =>
  exampleEntry({
    Kind: 'service-resolver' as const,
    Name,
    Redirect: { Service: '', ServiceSubset: '', Peer: '', Datacenter: '', SamenessGroup: '', ...Redirect },
    Failover: {},
  });

const inRules = (...rules: readonly (readonly string[])[]): SnapshotChanges => ({
  apiGateways: [exampleEntry({ Kind: 'api-gateway' as const, Name: 'edge', Listeners: [] })],
  httpRoutes: [
    exampleEntry({
      Kind: 'http-route' as const,
      Name: 'front',
      Parents: [{ Kind: 'api-gateway', Name: 'edge', SectionName: 'http' }],
      Rules: rules.map((names) => ({ Services: names.map((Name) => ({ Name })) })),
    }),
  ],
});

const routed = (...names: readonly string[]): SnapshotChanges => inRules(names);

const tcp = (name: string): SnapshotChanges => ({
  apiGateways: [
    exampleEntry({
      Kind: 'api-gateway' as const,
      Name: 'edge',
      Listeners: ['tcp', 'other'].map((Name) => ({ Name, Protocol: 'tcp' })),
    }),
  ],
  tcpRoutes: [
    exampleEntry({
      Kind: 'tcp-route' as const,
      Name: 'front',
      Parents: [{ Kind: 'api-gateway', Name: 'edge', SectionName: 'tcp' }],
      Services: [{ Name: name }],
    }),
  ],
});

const ingress = (name: string, Protocol = 'tcp'): SnapshotChanges => ({
  ingressGateways: [
    exampleEntry({
      Kind: 'ingress-gateway' as const,
      Name: 'ingress',
      Listeners: [{ Protocol, Services: [{ Name: name }] }],
    }),
  ],
});

const routerTo = (Name: string, Service: string): SnapshotChanges => ({
  serviceRouters: [
    exampleEntry({ Kind: 'service-router' as const, Name, Routes: [{ Destination: { Service } }] }),
  ],
});

const to = (Service: string, Peer = 'west') => ({
  serviceResolvers: [resolver('remote', { Service, Peer })],
});

/** The route `front` with the conditions that Consul gives it. */
const withStatus = (...Conditions: readonly object[]): SnapshotChanges => {
  const [route] = rowsOf(changeSnapshot(routed('remote')).sections.httpRoutes);
  return {
    ...routed('remote'),
    ...to('billing'),
    httpRoutes: route
      ? [{ ...route, entry: HttpRoute.parse({ ...route.entry, Status: { Conditions } }) }]
      : [],
  };
};
const bound = (Status: string, SectionName = 'http') => ({
  Type: 'Bound',
  Status,
  Reason: 'FailedToBind',
  Resource: { Kind: 'api-gateway', Name: 'edge', SectionName },
});
const refused = {
  Type: 'Accepted',
  Status: 'False',
  Reason: 'InvalidDiscoveryChain',
  Resource: { Name: '' },
};

checkTable('gateway-routes', [
  ['a route is bound', withStatus(bound('True')), 'pass'],
  ['a route is bound to one of two listeners', withStatus(bound('False'), bound('True', 'other')), 'pass'],
  [
    'a route is bound to no listener',
    withStatus(bound('False')),
    'fail',
    ['error', 'api-gateway edge → remote'],
  ],
  [
    'the protocol of the service does not suit the route',
    withStatus(refused, bound('False')),
    'fail',
    ['error', 'api-gateway edge → remote'],
  ],
  [
    'a route goes to a router that resolves to a peer, which API gateways leave out',
    { ...routed('shop'), ...routerTo('shop', 'remote'), ...to('billing') },
    'fail',
    ['error', 'api-gateway edge → shop'],
  ],
  [
    'a route goes to a redirect to a peer that has a router as well',
    { ...routed('remote'), ...routerTo('remote', 'remote'), ...to('billing') },
    'fail',
    ['error', 'api-gateway edge → remote'],
  ],
  [
    'a route goes to a router that resolves to a peer, and there is a service of its name here',
    {
      ...routed('shop'),
      ...routerTo('shop', 'remote'),
      ...to('billing'),
      serviceNames: [{ name: 'shop' }],
    },
    'fail',
    ['warning', 'api-gateway edge → shop'],
  ],
  [
    'a route goes to a router and to the splitter of its name, which resolves to a peer',
    {
      ...routed('shop'),
      ...routerTo('shop', 'shop'),
      ...to('billing'),
      serviceSplitters: [
        exampleEntry({
          Kind: 'service-splitter' as const,
          Name: 'shop',
          Splits: [{ Service: 'remote', Weight: 100 }],
        }),
      ],
    },
    'pass',
  ],
  [
    'a listener of an ingress gateway goes to a router that resolves to a peer',
    { ...ingress('shop', 'http'), ...routerTo('shop', 'remote'), ...to('billing') },
    'pass',
  ],
  ['a route is redirected to an imported service', { ...routed('remote'), ...to('billing') }, 'pass'],
  ['the peer is written in another case', { ...routed('remote'), ...to('billing', 'West') }, 'pass'],
  [
    'a route is redirected to a service that is not exported',
    { ...routed('remote'), ...to('biling') },
    'fail',
    ['error', 'api-gateway edge → remote'],
  ],
  [
    'a route is redirected to a peer that is no peering',
    { ...routed('remote'), ...to('billing', 'wset') },
    'fail',
    ['error', 'api-gateway edge → remote'],
  ],
  [
    'a route names a service that only a peer offers',
    routed('billing'),
    'fail',
    ['error', 'api-gateway edge → billing'],
  ],
  [
    'two of three services of a route are not reached',
    {
      ...routed('billing', 'remote', 'api'),
      ...to('biling'),
    },
    'fail',
    ['error', 'api-gateway edge → remote'],
    ['error', 'api-gateway edge → billing'],
  ],
  [
    'a rule shares its calls between a service of a peer and a name that nothing here has',
    { ...routed('remote', 'orders'), ...to('billing') },
    'fail',
    ['error', 'api-gateway edge → orders'],
  ],
  [
    'a rule shares its calls between a name that nothing here has and a service of a peer',
    { ...routed('orders', 'remote'), ...to('billing') },
    'fail',
    ['error', 'api-gateway edge → orders'],
  ],
  [
    'a rule shares its calls between a service here and one of a peer that offers no instances',
    {
      ...routed('shop', 'remote'),
      ...to('billing'),
      serviceNames: [{ name: 'shop' }],
      importedServices: [exampleImportedService({ instances: 0, passing: 0 })],
    },
    'fail',
    ['error', 'api-gateway edge → remote'],
  ],
  [
    'a rule shares its calls between a service here and one that its peer does not export',
    { ...routed('shop', 'remote'), ...to('biling'), serviceNames: [{ name: 'shop' }] },
    'fail',
    ['error', 'api-gateway edge → remote'],
  ],
  ...(
    [
      ['without a mesh instance', { inMesh: 0 }, 'fail'],
      [
        'whose mesh instances all fail a check',
        {
          downInMesh: {
            kind: 'connect-proxy',
            service: 'shop-sidecar-proxy',
            id: 'shop-1',
            node: 'app-1',
            synthetic: false,
            failing: ['Listening'],
          },
        },
        'fail',
      ],
      ['that works', {}, 'pass'],
    ] as const
  ).map(([which, health, status]) => {
    const changes: SnapshotChanges = {
      ...routed('remote', 'shop'),
      ...to('billing'),
      serviceNames: [{ name: 'shop' }],
      exportedHealth: [exampleExportedHealth({ name: 'shop', ...health })],
    };
    const name = `a rule shares its calls between a service of a peer and one here ${which}`;
    return status === 'fail'
      ? ([name, changes, status, ['error', 'api-gateway edge → shop']] as const)
      : ([name, changes, status] as const);
  }),
  [
    'a rule shares its calls between a service of a peer and one here whose health was not read',
    {
      ...routed('remote', 'shop'),
      ...to('billing'),
      serviceNames: [{ name: 'shop' }],
      exportedHealth: [exampleExportedHealth()],
    },
    'unknown',
  ],
  [
    'another rule than that to a service of a peer names what nothing here has',
    { ...inRules(['remote'], ['orders']), ...to('billing') },
    'pass',
  ],
  ['nothing here has what the rules name, and none is shared with a peer', routed('orders', 'carts'), 'skip'],
  [
    'a service here shares its rule with one of a peer, and the services here are not visible',
    { ...routed('remote', 'orders'), ...to('billing'), serviceNames: hidden() },
    'unknown',
  ],
  [
    'some routes are not visible, and a visible one names a service that only a peer offers',
    { ...routed('billing'), tcpRoutes: partial([]) },
    'fail',
    ['error', 'api-gateway edge → billing'],
  ],
  [
    'some routes are not visible, and the visible one reaches a service of a peer',
    { ...routed('remote'), ...to('billing'), tcpRoutes: partial([]) },
    'unknown',
  ],
  [
    'a TCP route names a service that only a peer offers',
    tcp('billing'),
    'fail',
    ['error', 'api-gateway edge → billing'],
  ],
  [
    'a listener names a service that only a peer offers',
    ingress('billing'),
    'fail',
    ['error', 'ingress-gateway ingress → billing'],
  ],
  [
    'a listener is redirected to a service that is not exported',
    { ...ingress('remote'), ...to('biling') },
    'fail',
    ['error', 'ingress-gateway ingress → remote'],
  ],
  [
    'the peer offers no instances',
    {
      ...routed('remote'),
      ...to('billing'),
      importedServices: [exampleImportedService({ instances: 0, passing: 0 })],
    },
    'fail',
    ['error', 'api-gateway edge → remote'],
  ],
  [
    'a TCP route is redirected to an imported service',
    { ...tcp('remote'), ...to('billing') },
    'fail',
    ['error', 'api-gateway edge → remote'],
  ],
  [
    'a TCP listener is redirected to an imported service',
    { ...ingress('remote'), ...to('billing') },
    'fail',
    ['error', 'ingress-gateway ingress → remote'],
  ],
  [
    'an HTTP listener is redirected to an imported service',
    { ...ingress('remote', 'http'), ...to('billing') },
    'pass',
  ],
  [
    'a TCP route fails over to a peer',
    { ...tcp('api'), ...failingOver('api', { Service: 'billing', Peer: 'west' }) },
    'skip',
  ],
  ['all routes lead to services of this cluster', routed('api'), 'skip'],
  ['all services are named by a wildcard', ingress('*'), 'skip'],
  ['there are no routes', {}, 'skip'],
  ['a route of a gateway that has no entry', { ...routed('billing'), apiGateways: [] }, 'skip'],
  ['the routes are not visible', { httpRoutes: hidden() }, 'unknown'],
  [
    'the services of this cluster are not visible',
    { ...routed('billing'), serviceNames: hidden() },
    'unknown',
  ],
  [
    'what the peer offers is not visible',
    { ...routed('remote'), ...to('billing'), importedServices: hidden() },
    'unknown',
  ],
]);

it('takes what nothing here has out of its own rule alone, unless consul-k8s writes the route', () => {
  const changes = { ...inRules(['remote', 'orders'], ['orders']), ...to('billing') };
  const [code = ''] = codesOf(resultFor('gateway-routes', changes));
  const names = (text: string) => [...text.matchAll(/Name *= "(\w+)"/gu)].map(([, name]) => name);
  expect(names(code).filter((name) => name === 'remote' || name === 'orders')).toEqual(['remote', 'orders']);
  const [route] = rowsOf(changeSnapshot(changes).sections.httpRoutes);
  if (route === undefined) throw new Error('no route');
  const managed = { ...route, entry: { ...route.entry, Meta: { 'k8s-namespace': 'default' } } };
  const result = resultFor('gateway-routes', { ...changes, httpRoutes: [managed] });
  expect(result.findings).toHaveLength(1);
  expect(codesOf(result)).toEqual([]);
});

it('serves a service that speaks HTTP on an HTTP listener, and keeps the rest of its defaults', () => {
  const codes = codesOf(
    resultFor('gateway-routes', {
      ...ingress('remote'),
      ...to('billing'),
      serviceDefaults: [
        exampleEntry({
          Kind: 'service-defaults' as const,
          Name: 'remote',
          Protocol: '',
          Mode: '',
          MeshGateway: { Mode: 'remote' },
        }),
      ],
    }),
  ).join('\n');
  expect(codes).toMatch(/Protocol *= "http"/u);
  expect(codes).toMatch(/Mode *= "remote"/u);
  expect(codes).toMatch(/Hosts *= \["\*"\]/u);
});

describe('the fix of a TCP route of an API gateway', () => {
  const unserved = { ...tcp('remote'), ...to('billing') };
  const shell = (changes: SnapshotChanges) =>
    resultFor('gateway-routes', changes).findings.flatMap(({ remediation }) =>
      remediation.flatMap(({ language, code }) => (language === 'shell' ? [code] : [])),
    );
  const route = (name: string) =>
    exampleEntry({
      Kind: 'http-route' as const,
      Name: name,
      Parents: [],
      Rules: [{ Services: [{ Name: 'x' }] }],
    });

  it('replaces it with an HTTP route on the same listener, and leaves the other listener', () => {
    const codes = shell(unserved);
    expect(codes.map((code) => /service-defaults|api-gateway|http-route|tcp-route/u.exec(code)?.[0])).toEqual(
      ['service-defaults', 'api-gateway', 'http-route', 'tcp-route'],
    );
    expect(codes[1]?.match(/Protocol *= "\w+"/gu)?.map((line) => /"(\w+)"/u.exec(line)?.[1])).toEqual([
      'http',
      'tcp',
    ]);
    expect(codes[2]).toMatch(/SectionName *= "tcp"/u);
  });

  it('does not write over an HTTP route of its name', () => {
    const [, , written = ''] = shell({ ...unserved, httpRoutes: [route('front'), route('front-2')] });
    expect(written).toMatch(/Name *= "front-3"/u);
  });

  it('is none where another TCP route is bound to the gateway, or another gateway to the route', () => {
    const [own] = rowsOf(changeSnapshot(unserved).sections.tcpRoutes);
    if (own === undefined) throw new Error('no route');
    const other = { ...own, entry: { ...own.entry, Name: 'other', Services: [{ Name: 'api' }] } };
    expect(shell({ ...unserved, tcpRoutes: [own, other] })).toEqual([]);
    const parents = [...own.entry.Parents, { Kind: 'api-gateway', Name: 'second', SectionName: '' }];
    const shared = { ...own, entry: { ...own.entry, Parents: parents } };
    expect(shell({ ...unserved, tcpRoutes: [shared] })).toEqual([]);
  });
});

describe('the fix of a route that names no HTTP listener of its gateway', () => {
  type Listener = { readonly Name: string; readonly Port: number; readonly Protocol: string };

  const gateway = (Listeners: readonly (Listener & { readonly Hostname?: string })[], more: object = {}) => [
    exampleEntry({ Kind: 'api-gateway' as const, Name: 'edge', Listeners: [...Listeners], ...more }),
  ];
  const listener = (Name: string, Port: number, Protocol = 'http'): Listener => ({ Name, Port, Protocol });
  /** The route `front`, which asks for the listener `http`. */
  const unbound = (more: object = {}): SnapshotChanges => {
    const changes = withStatus(bound('False'));
    const [route] = rowsOf(changeSnapshot(changes).sections.httpRoutes);
    return route ? { ...changes, httpRoutes: [{ ...route, entry: { ...route.entry, ...more } }] } : changes;
  };
  const shell = (changes: SnapshotChanges) =>
    resultFor('gateway-routes', changes).findings.flatMap(({ remediation }) =>
      remediation.flatMap(({ language, code }) => (language === 'shell' ? [code] : [])),
    );
  const valuesOf = (code: string | undefined, field: string) =>
    [...(code ?? '').matchAll(new RegExp(`${field} *= "?([\\w-]+)`, 'gu'))].map(([, value]) => value);

  it('binds it to the only HTTP listener, or to the one of nearly that name, and writes the gateway again', () => {
    const [only, gatewayEntry, ...others] = shell({
      ...unbound(),
      apiGateways: gateway([listener('raw', 1, 'tcp'), listener('web', 2)]),
    });
    expect(others).toEqual([]);
    expect(valuesOf(only, 'Kind')).toEqual(['http-route', 'api-gateway']);
    expect(valuesOf(only, 'SectionName')).toEqual(['web']);
    expect(valuesOf(gatewayEntry, 'Name')).toEqual(['edge', 'raw', 'web']);
    expect(only).not.toContain('Conditions');
    const [near] = shell({
      ...unbound(),
      apiGateways: gateway([listener('internal', 1), listener('http-', 2)]),
    });
    expect(valuesOf(near, 'SectionName')).toEqual(['http-']);
  });

  it('adds the listener on a port that no other one has', () => {
    const [added, ...others] = shell({
      ...unbound(),
      apiGateways: gateway([listener('raw', 8080, 'tcp'), listener('other', 8081, 'tcp')]),
    });
    expect(others).toEqual([]);
    expect(valuesOf(added, 'Name')).toEqual(['edge', 'raw', 'other', 'http']);
    expect(valuesOf(added, 'Port')).toEqual(['8080', '8081', '8082']);
    expect(valuesOf(added, 'Protocol')).toEqual(['tcp', 'tcp', 'http']);
  });

  it('binds it to the new listener first where the name is that of a TCP listener', () => {
    const [route, added] = shell({ ...unbound(), apiGateways: gateway([listener('http', 8080, 'tcp')]) });
    expect(valuesOf(route, 'SectionName')).toEqual(['http-2']);
    expect(valuesOf(added, 'Name')).toEqual(['edge', 'http', 'http-2']);
  });

  it('adds the host name of its listener, keeps its own, and writes the gateway again', () => {
    const named = unbound({ Hostnames: ['a.example.com'] });
    const [added, gatewayEntry, ...others] = shell({
      ...named,
      apiGateways: gateway([{ ...listener('http', 1), Hostname: 'b.example.com' }]),
    });
    expect(others).toEqual([]);
    expect(valuesOf(gatewayEntry, 'Name')).toEqual(['edge', 'http']);
    expect(added).toMatch(/Hostnames *= \[\s*"a\.example\.com",\s*"b\.example\.com"/u);
  });

  it.each([
    [
      'the host name of the listener is a wildcard',
      unbound({ Hostnames: ['a.example.org'] }),
      gateway([{ ...listener('http', 1), Hostname: '*.example.com' }]),
    ],
    [
      'its listener has one of its host names, so that the reason is another',
      unbound({ Hostnames: ['a.example.org', 'a.example.com'] }),
      gateway([{ ...listener('http', 1), Hostname: '*.example.com' }]),
    ],
    [
      'two listeners of other host names could be meant',
      unbound({
        Hostnames: ['a.example.com'],
        Parents: [{ Kind: 'api-gateway', Name: 'edge', SectionName: '' }],
      }),
      gateway([
        { ...listener('http', 1), Hostname: 'b.example.com' },
        { ...listener('web', 2), Hostname: 'c.example.com' },
      ]),
    ],
    [
      'a host name is withheld',
      unbound({ Hostnames: [withheldValue] }),
      gateway([{ ...listener('http', 1), Hostname: 'b.example.com' }]),
    ],
    [
      'consul-k8s writes the gateway, whose listener has another host name',
      unbound({ Hostnames: ['a.example.com'] }),
      gateway([{ ...listener('http', 1), Hostname: 'b.example.com' }], {
        Meta: { 'k8s-namespace': 'default' },
      }),
    ],
    [
      'consul-k8s writes the route',
      unbound({ Hostnames: ['a.example.com'], Meta: { 'k8s-namespace': 'default' } }),
      gateway([{ ...listener('http', 1), Hostname: 'b.example.com' }]),
    ],
    ['it has that listener', unbound(), gateway([listener('http', 1)])],
    ['two listeners could be meant', unbound(), gateway([listener('first', 1), listener('second', 2)])],
    [
      'the listener is one of other host names',
      unbound({ Hostnames: ['a.example.com'] }),
      gateway([{ ...listener('web', 1), Hostname: 'b.example.com' }]),
    ],
    [
      'consul-k8s writes the gateway',
      unbound(),
      gateway([listener('web', 1)], { Meta: { 'k8s-namespace': 'default' } }),
    ],
    ['the gateway is not visible', unbound(), hidden()],
  ])('is none where %s', (_, changes, apiGateways) => {
    const world = { ...changes, apiGateways };
    expect(resultFor('gateway-routes', world).findings).toHaveLength(1);
    expect(shell(world)).toEqual([]);
  });
});

it.each([
  ['sends everything to one service as it is', { Destination: { Service: 'remote' } }, true],
  [
    'names the path of all',
    { Match: { HTTP: { PathPrefix: '/' } }, Destination: { Service: 'remote' } },
    true,
  ],
  ['leaves paths out', { Match: { HTTP: { PathPrefix: '/a' } }, Destination: { Service: 'remote' } }, false],
  ['changes requests', { Destination: { Service: 'remote', PrefixRewrite: '/b' } }, false],
])('names the service of a router itself only where the router %s', (_, route, isFixed) => {
  const serviceRouters = [
    exampleEntry(ServiceRouter.parse({ Kind: 'service-router', Name: 'shop', Routes: [route] })),
  ];
  const { findings } = resultFor('gateway-routes', { ...routed('shop'), ...to('billing'), serviceRouters });
  expect(findings.map(({ remediation }) => remediation.length > 0)).toEqual([isFixed]);
});

it('pastes no new token for a peer that is nobody', () => {
  const codes = codesOf(
    resultFor('gateway-routes', { ...routed('remote'), ...to('billing', 'azure-default') }),
  );
  expect(codes.length).toBeGreaterThan(0);
  expect(codes.join('\n')).not.toMatch(/peering (?:generate-token|establish|delete)/u);
});

it('leads a redirect to the peer and service that are meant', () => {
  const fixes = (changes: SnapshotChanges) =>
    resultFor('gateway-routes', changes).findings.flatMap(({ remediation }) =>
      remediation.map(({ title }) => title),
    );
  expect(fixes({ ...routed('remote'), ...to('biling') })[0]).toMatch(/billing at west/u);
  expect(fixes({ ...routed('remote'), ...to('billing', 'cluster-02') })[0]).toMatch(/billing at west/u);
  expect(fixes(routed('billing'))[0]).toMatch(/billing to west/u);
});

it('opens the stream again if the configured peer exports what is not imported', () => {
  const late = withWest(exporting({ name: 'late', peers: ['east'] }));
  const codes = codesOf(resultFor('gateway-routes', { ...routed('remote'), ...to('late'), ...late })).join(
    '\n',
  );
  expect(codes).toMatch(/^consul operator raft transfer-leader$/mu);
  expect(codes).not.toContain('exported-services');
});
