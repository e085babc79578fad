import type { SnapshotChanges } from '../../../src/checks/examples/healthy';
import {
  exampleEntry,
  exampleImportedService,
  exampleExportedHealth,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { DiscoveryChain } from '../../../src/consul/wire';
import { omitUndefined } from '../../../src/omit-undefined';
import { calling, exporting, failingOver, resolverEntry, target, withWest } from '../changes';
import { checkTable, codesOf, resultFor } from '../check-table';
import { hidden, partial } from '../world';

/** `web` calls `orders`, which this cluster has, and which fails over. */
const orders = (...targets: readonly Readonly<Record<string, string>>[]): SnapshotChanges => ({
  ...calling({ DestinationName: 'orders', DestinationPeer: '' }),
  ...failingOver('orders', ...targets),
  serviceNames: [{ name: 'orders' }],
});
const down = {
  kind: 'connect-proxy',
  service: 'orders-sidecar-proxy',
  id: 'orders-sidecar-proxy',
  node: 'app-1',
  synthetic: false,
  failing: ['Listening'],
};
const dead = {
  exportedHealth: [exampleExportedHealth({ name: 'orders', passing: 0, downInMesh: down })],
};
const callingOrders = exampleSidecar([exampleUpstream({ DestinationName: 'orders', DestinationPeer: '' })]);
const toBilling = { Service: 'billing', Peer: 'west' };
const toNothing = { Service: 'biling', Peer: 'west' };
const toNobody = { Service: 'billing', Peer: 'cluster-02' };
const subject = 'upstream web-sidecar-proxy → orders';
const noInstances = { importedServices: [exampleImportedService({ instances: 0, passing: 0 })] };

type Legs = readonly (readonly [service: string, weight: number])[];

/** The splitter `split` in a namespace, with these legs. */
const splitterIn = (Namespace: string | undefined, ...legs: Legs) =>
  exampleEntry({
    Kind: 'service-splitter' as const,
    Name: 'split',
    ...omitUndefined({ Namespace }),
    Splits: legs.map(([Service, Weight]) => ({ Service, ServiceSubset: '', Weight })),
  });

/** `web` calls a splitter with these legs, of which `remote` is `billing` of west; as Consul or config entries tell. */
const splitting = (...legs: Legs): SnapshotChanges => ({
  ...calling({ DestinationName: 'split', DestinationPeer: '' }),
  serviceSplitters: [splitterIn(undefined, ...legs)],
  serviceResolvers: [resolverEntry('remote', { Redirect: target(toBilling) })],
});

const shared = splitting(['remote', 50], ['orders', 50]);
const hasOrders: SnapshotChanges = { serviceNames: [{ name: 'orders' }] };
const leg = 'upstream web-sidecar-proxy → split';

/** The chain of `split` as Consul compiles it. */
const compiled: SnapshotChanges = {
  discoveryChains: [
    {
      endpoint: '/v1/discovery-chain/split',
      service: 'split',
      protocol: '',
      chain: DiscoveryChain.parse({
        Chain: {
          StartNode: 'splitter:split.default.default',
          Nodes: {
            'splitter:split.default.default': {
              Type: 'splitter',
              Splits: ['billing', 'orders'].map((name) => ({ NextNode: `resolver:${name}`, Weight: 50 })),
            },
            'resolver:billing': { Type: 'resolver', Resolver: { Target: 'billing' } },
            'resolver:orders': { Type: 'resolver', Resolver: { Target: 'orders' } },
          },
          Targets: {
            billing: { ID: 'billing', Service: 'billing', Peer: 'west' },
            orders: { ID: 'orders', Service: 'orders', Datacenter: 'dc1' },
          },
        },
      }).Chain,
    },
  ],
};

checkTable('failover-targets', [
  ['a splitter sends a share to a name that nothing here has', shared, 'fail', ['error', leg]],
  [
    'by the chain of Consul, a splitter sends a share to a name that nothing here has',
    { ...shared, ...compiled },
    'fail',
    ['error', leg],
  ],
  [
    'a splitter sends a share to a service here without a mesh instance',
    {
      ...shared,
      ...hasOrders,
      exportedHealth: [exampleExportedHealth({ name: 'orders', inMesh: 0 })],
    },
    'fail',
    ['error', leg],
  ],
  [
    'a splitter sends a share to a service here that fails',
    { ...shared, ...hasOrders, ...dead },
    'fail',
    ['error', leg],
  ],
  [
    'a splitter sends a share to a service here that works',
    { ...shared, ...hasOrders, exportedHealth: [exampleExportedHealth({ name: 'orders' })] },
    'pass',
  ],
  [
    'a splitter sends a share to a service here whose health was not read, while that of others was',
    { ...shared, ...hasOrders, exportedHealth: [exampleExportedHealth()] },
    'unknown',
  ],
  [
    'a splitter sends a share to a service here that works, in the namespace of the token',
    {
      ...shared,
      cluster: { enterprise: true, namespace: 'team' },
      sidecars: [
        exampleSidecar([
          exampleUpstream({ DestinationName: 'split', DestinationPeer: '', DestinationNamespace: 'team' }),
        ]),
      ],
      serviceSplitters: [splitterIn('team', ['remote', 50], ['orders', 50])],
      serviceResolvers: [
        resolverEntry('remote', {
          Namespace: 'team',
          Redirect: target({ ...toBilling, Namespace: 'default' }),
        }),
      ],
      ...hasOrders,
      exportedHealth: [exampleExportedHealth({ name: 'orders' })],
    },
    'pass',
  ],
  [
    'a splitter sends a share to a service here whose health was not read, and none to a peer',
    {
      ...splitting(['carts', 50], ['orders', 50]),
      serviceNames: [{ name: 'orders' }, { name: 'carts' }],
      exportedHealth: [],
    },
    'skip',
  ],
  [
    'a splitter sends nothing to a name that nothing here has',
    splitting(['remote', 100], ['orders', 0]),
    'skip',
  ],
  ['a splitter has no leg at a peer', splitting(['orders', 50], ['carts', 50]), 'skip'],
  [
    'the name to which a splitter sends a share, and which nothing here has, fails over to a peer',
    {
      ...shared,
      serviceResolvers: [
        ...(shared.serviceResolvers as []),
        ...(failingOver('orders', toBilling).serviceResolvers as []),
      ],
    },
    'pass',
  ],
  [
    'a splitter sends a share to a service, and the services here are hidden',
    { ...shared, serviceNames: hidden() },
    'unknown',
  ],
  [
    'a splitter sends a share to a service here whose health is hidden',
    { ...shared, ...hasOrders, exportedHealth: hidden() },
    'unknown',
  ],
  [
    'the splitter is that of a listener of a gateway',
    {
      ...shared,
      ...calling(),
      ingressGateways: [
        exampleEntry({
          Kind: 'ingress-gateway' as const,
          Name: 'ingress',
          Listeners: [{ Protocol: 'http', Services: [{ Name: 'split' }] }],
        }),
      ],
    },
    'fail',
    ['error', 'ingress-gateway ingress → split'],
  ],
  ['the target is imported', orders(toBilling), 'pass'],
  ['the peer of the target is written in another case', orders({ ...toBilling, Peer: 'West' }), 'pass'],
  [
    'the target is not exported, while this cluster has the service',
    orders(toNothing),
    'fail',
    ['warning', subject],
  ],
  ['the target is at a peer that is no peering', orders(toNobody), 'fail', ['warning', subject]],
  [
    'the peer offers no instances of the target',
    { ...orders(toBilling), ...noInstances },
    'fail',
    ['warning', subject],
  ],
  [
    'the target is not exported, and the instances here are down',
    { ...orders(toNothing), ...dead },
    'fail',
    ['error', subject],
  ],
  [
    'the target is at no peering, and the instances here are down',
    { ...orders(toNobody), ...dead },
    'fail',
    ['error', subject],
  ],
  [
    'the target is not exported, and this cluster has no such service',
    { ...orders(toNothing), serviceNames: [] },
    'fail',
    ['error', subject],
  ],
  [
    'one of two targets works, and the instances here are down',
    { ...orders(toNothing, toBilling), ...dead },
    'fail',
    ['warning', subject],
  ],
  [
    'a route of a gateway fails over to a service that is not exported',
    {
      ...orders(toNothing),
      ...calling(),
      ingressGateways: [
        exampleEntry({
          Kind: 'ingress-gateway' as const,
          Name: 'ingress',
          Listeners: [{ Protocol: 'tcp', Services: [{ Name: 'orders' }] }],
        }),
      ],
    },
    'fail',
    ['warning', 'ingress-gateway ingress → orders'],
  ],
  [
    'two upstreams of three fail over to a service that is not exported',
    {
      ...calling(
        ...['orders', 'stock', 'books'].map((DestinationName) => ({ DestinationName, DestinationPeer: '' })),
      ),
      serviceNames: ['orders', 'stock', 'books'].map((name) => ({ name })),
      serviceResolvers: [
        ...(failingOver('orders', toNothing).serviceResolvers as []),
        ...(failingOver('stock', toBilling).serviceResolvers as []),
        ...(failingOver('books', toNobody).serviceResolvers as []),
      ],
    },
    'fail',
    ['warning', subject],
    ['warning', 'upstream web-sidecar-proxy → books'],
  ],
  [
    'some sidecars are not visible, and the failover of a visible one does not work',
    { ...orders(toNothing), ...dead, sidecars: partial([callingOrders]) },
    'fail',
    ['error', subject],
  ],
  [
    'some sidecars are not visible, and the failover of the visible one works',
    { ...orders(toBilling), sidecars: partial([callingOrders]) },
    'unknown',
  ],
  ['nothing fails over', {}, 'skip'],
  ['a failover to another service here', orders({ Service: 'api' }), 'skip'],
  ['what the peer offers is not visible', { ...orders(toBilling), importedServices: hidden() }, 'unknown'],
]);

const weightsIn = (code: string): readonly number[] =>
  [...code.matchAll(/Weight = ([\d.]+)/gu)].map(([, weight]) => Number(weight));

it('takes a dead leg out, and shares 100 percent among the others', () => {
  const [code = ''] = codesOf(
    resultFor('failover-targets', splitting(['remote', 30], ['orders', 10], ['web', 60])),
  );
  expect(code).not.toContain('orders');
  expect(weightsIn(code)).toEqual([33.33, 66.67]);
});

it('leaves a leg of the weight 0 without calls', () => {
  const [code = ''] = codesOf(
    resultFor('failover-targets', splitting(['idle', 0], ['remote', 30], ['orders', 10], ['web', 60])),
  );
  expect(weightsIn(code)).toEqual([0, 33.33, 66.67]);
});

it.each<[string, SnapshotChanges]>([
  ['by config entries', {}],
  ['by the chain of Consul', compiled],
])('takes a dead leg out of the splitter that the call goes through, of two of one name, %s', (_, chain) => {
  const [code = ''] = codesOf(
    resultFor('failover-targets', {
      ...shared,
      ...chain,
      cluster: { enterprise: true },
      serviceSplitters: [
        splitterIn('team', ['remote', 10], ['orders', 20], ['mine', 70]),
        splitterIn('default', ['remote', 50], ['orders', 50]),
      ],
    }),
  );
  expect(code).not.toContain('team');
  expect(code).not.toContain('mine');
  expect(weightsIn(code)).toEqual([100]);
});

it('corrects the target at its resolver', () => {
  const code = (target: Readonly<Record<string, string>>) =>
    codesOf(resultFor('failover-targets', orders(target)))[0];
  expect(code(toNothing)).toMatch(/Service = "billing"\s+Peer = "west"/u);
  expect(code(toNobody)).toMatch(/Service = "billing"\s+Peer = "west"/u);
});

it('opens the stream again if the configured peer exports what is not imported', () => {
  const late = withWest(exporting({ name: 'late', peers: ['east'] }));
  const codes = codesOf(
    resultFor('failover-targets', { ...orders({ Service: 'late', Peer: 'west' }), ...late }),
  ).join('\n');
  expect(codes).toMatch(/^consul operator raft transfer-leader$/mu);
  expect(codes).not.toContain('exported-services');
});
