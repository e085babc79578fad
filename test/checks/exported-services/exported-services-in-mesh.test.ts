import { exampleEntry, exampleExportedHealth } from '../../../src/checks/examples/parts';
import { ServiceDefaults } from '../../../src/consul/wire';
import { calledByWest, exporting, peers, rewritten, sentOnTo } from '../changes';
import { checkTable, type Changes, codesOf, firstCode, resultFor, type Row } from '../check-table';
import { hidden, partial } from '../world';

const id = 'exported-services-in-mesh';
const warned = ['warning', 'service api'] as const;
const failed = ['error', 'service api'] as const;
const members = ['info', 'exported-services default: *'] as const;
const outside = { inMesh: 0 };
const gone = { inMesh: 0, instances: 0, passing: 0 };

const health = (...changes: readonly Parameters<typeof exampleExportedHealth>[0][]): Changes => ({
  exportedHealth: changes.map((one) => exampleExportedHealth(one)),
});

const toWest = (...names: readonly string[]): Changes =>
  exporting(...names.map((name) => ({ name, peers: ['west'] })));

const replaced = {
  escapeHatches: [{ proxy: 'api-sidecar-proxy', option: 'envoy_local_cluster_json', path: '[0]' }],
};

const asking = (Name: string): Changes => ({
  serviceDefaults: [
    exampleEntry(
      ServiceDefaults.parse({
        Kind: 'service-defaults',
        Name,
        EnvoyExtensions: [{ Name: 'builtin/ext-authz', Arguments: {} }],
      }),
    ),
  ],
});

/** These services give requests little time. */
const hurried = (...names: readonly string[]): Changes => ({
  serviceDefaults: names.map((Name) =>
    exampleEntry(
      ServiceDefaults.parse({
        Kind: 'service-defaults',
        Name,
        Protocol: 'http',
        LocalRequestTimeoutMs: 5,
      }),
    ),
  ),
  ...health(...names.map((name) => ({ name }))),
});

const downInMesh = {
  kind: 'connect-proxy',
  service: 'api-sidecar-proxy',
  id: 'api-sidecar-proxy',
  node: 'app-1',
  synthetic: false,
  failing: ['Connect Sidecar Listening'],
};

const behindGateway = (Name: string): Changes => ({
  terminatingGateways: [
    exampleEntry({ Kind: 'terminating-gateway' as const, Name: 'out', Services: [{ Name }] }),
  ],
});

const linkedToOut = (name: string) => ({
  endpoint: '/v1/catalog/gateway-services/out',
  gateway: 'out',
  services: [{ name }],
});

/** A wildcard exports these services to `west`. `api` and `web` have sidecars. */
const wildcard = (...services: readonly string[]): Changes => ({
  ...toWest('*'),
  exportedHealth: [],
  resolvedExports: services.map((Service) => ({ Service, Consumers: { Peers: ['west'], Partitions: [] } })),
});

checkTable(id, [
  ['it has a sidecar', {}, 'pass'],
  // An export for DNS alone is legal.
  ['it has none', health(outside), 'fail', warned],
  [
    'two services of three have none',
    { ...toWest('api', 'pay', 'web'), ...health(outside, { name: 'pay' }, { name: 'web', ...outside }) },
    'fail',
    warned,
    ['warning', 'service web'],
  ],
  [
    'a wildcard exports a service whose proxies ask another service about calls',
    { ...wildcard('api'), ...asking('api') },
    'unknown',
  ],
  [
    'a wildcard exports services, and one that is not in the mesh has an extension',
    { ...wildcard('api', 'batch'), ...asking('batch') },
    'pass',
    members,
  ],
  [
    'a wildcard exports a service that is not in the mesh, and one with an extension',
    { ...wildcard('api', 'batch'), ...asking('api') },
    'unknown',
    members,
  ],
  ['requests have little time', hurried('api'), 'fail', warned],
  [
    'two services have little time',
    { ...toWest('api', 'web'), ...hurried('api', 'web') },
    'fail',
    warned,
    ['warning', 'service web'],
  ],
  [
    'a service that is not exported has little time',
    { ...hurried('other'), ...health({}, { name: 'other' }) },
    'pass',
  ],
  ['a service has little time and no sidecar', { ...hurried('api'), ...health(outside) }, 'fail', warned],
  ['an option replaces what Consul computes for its sidecar', health(replaced), 'unknown'],
  [
    'an option replaces it for a service that is not exported',
    health({}, { name: 'x', ...replaced }),
    'pass',
  ],
  [
    'an option replaces it for a service that a resolver puts in its place',
    { ...sentOnTo('api', 'v2'), ...health({}, { name: 'v2', ...replaced }) },
    'unknown',
  ],
  [
    'an option replaces it for one service, and another has no sidecar',
    { ...toWest('api', 'web'), ...health(replaced, { name: 'web', ...outside }) },
    'unknown',
    ['warning', 'service web'],
  ],
  ['it has none, and the other side calls it', { ...health(outside), ...calledByWest() }, 'fail', failed],
  [
    'it is not registered, and the other side calls it',
    { ...health(gone), ...calledByWest() },
    'fail',
    failed,
  ],
  [
    'it has none, and the other side calls another service',
    { ...health(outside), ...calledByWest('web') },
    'fail',
    warned,
  ],
  ['all its mesh instances are down', health({ downInMesh }), 'fail', warned],
  ['its only mesh instance is down', health({ downInMesh, inMesh: 1 }), 'fail', warned],
  [
    'all mesh instances of two services of three are down',
    {
      ...toWest('api', 'pay', 'web'),
      ...health(
        { downInMesh },
        { name: 'pay' },
        { name: 'web', downInMesh: { ...downInMesh, service: 'web-proxy' } },
      ),
    },
    'fail',
    warned,
    ['warning', 'service web'],
  ],
  ['all its mesh instances are down, and so is the service', health({ downInMesh, passing: 0 }), 'pass'],
  ['it is not registered', health(gone), 'pass'],
  ['it has a native instance', health({ inMesh: 0, native: 1 }), 'pass'],
  [
    'it is behind a terminating gateway without instances',
    { ...health(outside), ...behindGateway('api') },
    'fail',
    warned,
  ],
  ['it is behind a terminating gateway that runs', { ...health({}), ...behindGateway('api') }, 'pass'],
  [
    'another service is behind a terminating gateway',
    { ...health(outside), ...behindGateway('web') },
    'fail',
    warned,
  ],
  ...rewritten.map(
    ([kind, changes]): Row => [
      `it is the name of a ${kind}, which serves nothing itself`,
      { ...health(outside), ...changes },
      'fail',
      warned,
    ],
  ),
  ['a wildcard exports a service without a sidecar', wildcard('api', 'legacy'), 'pass', members],
  ['a wildcard exports services with sidecars', wildcard('api', 'web'), 'skip'],
  [
    'a wildcard exports what is behind a terminating gateway',
    { ...wildcard('legacy'), ...behindGateway('legacy') },
    'skip',
  ],
  [
    'a wildcard exports what a wildcard links to a terminating gateway',
    { ...wildcard('legacy'), ...behindGateway('*'), wildcardLinks: [linkedToOut('legacy')] },
    'skip',
  ],
  [
    'a wildcard exports what a wildcard does not link to a terminating gateway',
    { ...wildcard('legacy'), ...behindGateway('*'), wildcardLinks: [linkedToOut('other')] },
    'pass',
    members,
  ],
  [
    'it is not known what a wildcard links to a terminating gateway',
    { ...wildcard('legacy'), ...behindGateway('*'), wildcardLinks: hidden() },
    'skip',
  ],
  [
    'a wildcard exports a service without a sidecar, to a partition only',
    {
      ...wildcard(),
      resolvedExports: [{ Service: 'legacy', Consumers: { Peers: [], Partitions: ['edge'] } }],
    },
    'skip',
  ],
  ['a wildcard exports a service to nobody', { ...wildcard('legacy'), ...exporting({ name: '*' }) }, 'skip'],
  [
    'a wildcard and a name export a service without a sidecar',
    { ...wildcard('api', 'legacy'), ...toWest('*', 'legacy'), ...health({ name: 'legacy', ...outside }) },
    'fail',
    ['warning', 'service legacy'],
  ],
  [
    'a wildcard exports one service without a sidecar, and a name another',
    { ...wildcard('legacy', 'old'), ...toWest('*', 'legacy'), ...health({ name: 'legacy', ...outside }) },
    'fail',
    ['warning', 'service legacy'],
    members,
  ],
  [
    'a wildcard exports, and service names are not visible',
    { ...wildcard('legacy'), serviceNames: hidden() },
    'skip',
  ],
  [
    'a wildcard exports, and resolved exports are not visible',
    { ...wildcard(), resolvedExports: hidden() },
    'skip',
  ],
  ['only a wildcard exports', { ...toWest('*'), exportedHealth: [] }, 'skip'],
  ['nothing is exported', { exportedServices: [] }, 'skip'],
  ['there is no peering', { ...health(outside), ...peers() }, 'skip'],
  ['its health was not read', { exportedHealth: [] }, 'unknown'],
  [
    'the health of one was not read, and another has no sidecar',
    { ...toWest('api', 'web'), ...health(outside) },
    'unknown',
    warned,
  ],
  ['terminating gateways are not visible', { ...health(outside), terminatingGateways: hidden() }, 'unknown'],
  [
    'some health is not visible, and a visible service has no sidecar',
    { exportedHealth: partial([exampleExportedHealth(outside)]) },
    'unknown',
    warned,
  ],
  [
    'a wildcard exports the second service of the second terminating gateway',
    {
      ...wildcard('legacy'),
      terminatingGateways: [['x'], ['y', 'legacy']].map((names, index) =>
        exampleEntry({
          Kind: 'terminating-gateway' as const,
          Name: `out-${index}`,
          Services: names.map((Name) => ({ Name })),
        }),
      ),
    },
    'skip',
  ],
  [
    'a service of the same name in another namespace is behind a terminating gateway',
    {
      ...health(outside),
      terminatingGateways: [
        exampleEntry({
          Kind: 'terminating-gateway' as const,
          Name: 'out',
          Services: [{ Name: 'api', Namespace: 'finance' }],
        }),
      ],
    },
    'fail',
    warned,
  ],
  [
    'a name is exported before a wildcard that exports a service without a sidecar',
    { ...wildcard('legacy'), ...toWest('api', '*'), ...health({}) },
    'pass',
    members,
  ],
  ['health is not visible', { exportedHealth: hidden() }, 'unknown'],
  ['some health is not visible', { exportedHealth: partial([exampleExportedHealth()]) }, 'unknown'],
  ['peerings are not visible', { peerings: hidden() }, 'unknown'],
]);

describe('exported-services-in-mesh', () => {
  it('names the members of a wildcard that have no sidecar, five at most', () => {
    const evidence = (changes: Changes) => resultFor(id, changes).findings[0]?.evidence.at(-1)?.value;
    expect(evidence(wildcard('api', 'legacy'))).toEqual(['legacy']);
    expect(evidence(wildcard('a', 'b', 'c', 'd', 'e', 'f'))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('starts the terminating gateway that a wildcard links to a service that is exported by name', () => {
    const changes = { ...health(outside), ...behindGateway('*') };
    const startsGateway = (wildcardLinks: readonly ReturnType<typeof linkedToOut>[]): boolean =>
      firstCode(resultFor(id, { ...changes, wildcardLinks })).includes('-gateway terminating');
    expect([startsGateway([linkedToOut('api')]), startsGateway([])]).toEqual([true, false]);
  });

  it('registers a sidecar for the instance that was seen', () => {
    const sample = { node: 'app-7', id: 'api-1', port: 9090 };
    const code = firstCode(resultFor(id, health({ ...outside, sample })));
    expect(code).toContain('destination_service_id = "api-1"');
    expect(code).toContain('local_service_port = 9090');
    const unseen = firstCode(resultFor(id, health(outside)));
    expect(unseen).toContain('destination_service_id = "api"');
    expect(unseen).not.toContain('local_service_port');
  });

  it('begins with the Envoy of a sidecar that is down, or with the end of its maintenance', () => {
    const words = (changes: object) =>
      firstCode(resultFor(id, health({ downInMesh: { ...downInMesh, ...changes } })))
        .trim()
        .split(' ');
    expect(words({})).toEqual(['consul', 'connect', 'envoy', '-proxy-id', 'api-sidecar-proxy']);
    const maintenance = [{ node: 'app-1', service: 'api-sidecar-proxy' }];
    expect(words({ maintenance })).toEqual(['consul', 'maint', '-disable', '-service', 'api-sidecar-proxy']);
  });

  it('starts the Envoy of a sidecar that is down, but not that of a gateway or of Consul dataplane', () => {
    const starts = (changes: object) =>
      codesOf(resultFor(id, health({ downInMesh: { ...downInMesh, ...changes } }))).filter((code) =>
        code.includes('connect envoy'),
      ).length;
    expect(starts({})).toBe(1);
    expect(starts({ synthetic: true })).toBe(0);
    expect(starts({ kind: 'terminating-gateway' })).toBe(0);
  });
});
