import {
  exampleEntry,
  exampleExports,
  examplePeering,
  exampleSidecar,
  exampleUpstream,
} from '../../src/checks/examples/parts';
import type { Probe } from '../../src/snapshot/probe-section';
import { changeSnapshot, type SnapshotChanges } from '../../src/checks/examples/healthy';
import { DiscoveryChain, type Peering, type Upstream } from '../../src/consul/wire';
import { visible, snapshotOf } from './world';

/** Differences from the healthy snapshot that several tables of checks use. */

/** The peerings of the cluster, each with what differs from `west`. */
export const peers = (...list: readonly Partial<Peering>[]): SnapshotChanges => ({
  peerings: {
    enabled: true,
    list: list.map((changes, index) => examplePeering({ ID: `id-${index}`, ...changes })),
  },
});

/** The services of a stream. */
export const stream = (imported: readonly string[], exported: readonly string[] = []) => ({
  StreamStatus: { ImportedServices: [...imported], ExportedServices: [...exported] },
});

/** The address of a dialer's other side. */
export const dialer = { PeerServerAddresses: ['203.0.113.5:8503'], PeerID: 'far' };

/** One sidecar, `web-sidecar-proxy`, with these upstreams; each differs from the one to `billing` at `west`. */
export const calling = (...upstreams: readonly Partial<Upstream>[]): SnapshotChanges => ({
  sidecars: [exampleSidecar(upstreams.map((upstream) => exampleUpstream(upstream)))],
});

/** The API gateway `front`, which is deployed and routes all requests to `remote`. */
export const gatewayToRemote = {
  apiGateways: [
    exampleEntry({
      Kind: 'api-gateway' as const,
      Name: 'front',
      Listeners: [{ Name: 'http', Protocol: 'http' }],
    }),
  ],
  httpRoutes: [
    exampleEntry({
      Kind: 'http-route' as const,
      Name: 'all',
      Parents: [{ Kind: 'api-gateway', Name: 'front', SectionName: 'http' }],
      Rules: [{ Services: [{ Name: 'remote' }] }],
    }),
  ],
  routingGateways: [
    { at: { endpoint: '/v1/health/service/front', path: '[0]' }, name: 'front', node: 'n', failing: [] },
  ],
} satisfies SnapshotChanges;

/** One `exported-services` entry with these services. */
export const exporting = (...services: Parameters<typeof exampleExports>[0]): SnapshotChanges => ({
  exportedServices: [exampleExports(services)],
});

/** Calls of an exported name here are sent on to these services. */
export const sentOnTo = (exported: string, ...services: readonly string[]): SnapshotChanges => ({
  exportedChains: [
    {
      endpoint: `/v1/discovery-chain/${exported}`,
      service: exported,
      protocol: '',
      chain: DiscoveryChain.parse({
        Chain: {
          StartNode: `splitter:${exported}`,
          Nodes: {
            [`splitter:${exported}`]: {
              Type: 'splitter',
              Name: exported,
              Splits: services.map((name) => ({ NextNode: `resolver:${name}` })),
            },
            ...Object.fromEntries(
              services.map((name) => [
                `resolver:${name}`,
                { Type: 'resolver', Name: name, Resolver: { Target: name } },
              ]),
            ),
          },
          Targets: Object.fromEntries(
            services.map((name) => [name, { ID: name, Service: name, Datacenter: 'dc1' }]),
          ),
        },
      }).Chain,
    },
  ],
});

/** The target of a redirect or a failover. */
export const target = (changes: Readonly<Record<string, string>>) => ({
  Service: '',
  ServiceSubset: '',
  Peer: '',
  Datacenter: '',
  SamenessGroup: '',
  ...changes,
});

export const resolverEntry = (Name: string, changes: object) =>
  exampleEntry({ Kind: 'service-resolver' as const, Name, Redirect: null, Failover: {}, ...changes });

/** One `service-resolver` entry. */
export const resolver = (Name: string, changes: object): SnapshotChanges => ({
  serviceResolvers: [resolverEntry(Name, changes)],
});

/** One resolver that fails over to these targets. */
export const failingOver = (name: string, ...targets: readonly Readonly<Record<string, string>>[]) =>
  resolver(name, {
    Failover: {
      '*': { Service: '', Datacenters: [], SamenessGroup: '', Targets: targets.map((one) => target(one)) },
    },
  });

/** One sameness group with these members. */
export const samenessGroup = (
  Name: string,
  members: readonly { readonly Partition?: string; readonly Peer?: string }[],
  changes: object = {},
): SnapshotChanges => ({
  samenessGroups: [
    exampleEntry({
      Kind: 'sameness-group' as const,
      Name,
      Members: members.map(({ Partition = '', Peer = '' }) => ({ Partition, Peer })),
      ...changes,
    }),
  ],
});

/** The mesh entry that sends peering traffic through mesh gateways. */
export const throughGateways: SnapshotChanges = {
  mesh: [exampleEntry({ Kind: 'mesh' as const, Name: 'mesh', Peering: { PeerThroughMeshGateways: true } })],
};

/** `api` as the name of a router, a splitter and a resolver: each rewrites it, and serves nothing itself. */
export const rewritten: readonly (readonly [kind: string, changes: SnapshotChanges])[] = [
  [
    'router',
    { serviceRouters: [exampleEntry({ Kind: 'service-router' as const, Name: 'api', Routes: [] })] },
  ],
  [
    'splitter',
    { serviceSplitters: [exampleEntry({ Kind: 'service-splitter' as const, Name: 'api', Splits: [] })] },
  ],
  ['resolver', resolver('api', {})],
];

/** `west` is configured here too, and there `shop-sidecar-proxy` calls a service of this cluster. */
export const calledByWest = (service = 'api'): SnapshotChanges => {
  const west = snapshotOf({
    peerings: visible({
      enabled: true,
      list: [examplePeering({ Name: 'east', ID: 'far', PeerID: examplePeering().ID, ...stream([]) })],
    }),
    sidecars: visible([
      exampleSidecar([exampleUpstream({ DestinationName: service, DestinationPeer: 'east' })], {
        service: 'shop-sidecar-proxy',
      }),
    ]),
  });
  return {
    peerings: { enabled: true, list: [examplePeering(stream([]))] },
    otherSides: [{ peer: 'west', cluster: 'prod-west', snapshot: visible(west) }],
  };
};

/** `west` is configured here too, knows this cluster as `east`, and differs from the healthy cluster in this. */
export const withWest = (changes: SnapshotChanges): SnapshotChanges => ({
  otherSides: [
    {
      peer: 'west',
      cluster: 'prod-west',
      snapshot: visible(
        changeSnapshot({
          ...peers({ Name: 'east', ID: 'far', PeerID: examplePeering().ID, ...stream([]) }),
          sidecars: [],
          ...changes,
        }),
      ),
    },
  ],
});

/** The expanded exports of a cluster to `east`. */
export const expandedExports = (...services: readonly string[]): SnapshotChanges => ({
  resolvedExports: services.map((Service) => ({
    Service,
    Consumers: { Peers: ['east'], Partitions: [] },
  })),
});

/** A probe that was answered, at the WAN address of the mesh gateway unless told otherwise. */
export const exampleProbe = (changes: Partial<Probe> = {}): Probe => ({
  use: 'gateway',
  address: '203.0.113.7:8443',
  at: { endpoint: '/v1/health/service/mesh-gateway', path: '[0].Service.TaggedAddresses.wan.Address' },
  expectedTrustDomain: 'own.consul',
  outcome: 'tls',
  resolved: ['203.0.113.7'],
  connectMs: 2,
  handshakeMs: 3,
  certificate: { trustDomain: 'own.consul', notAfter: '2026-11-25T00:00:00.000Z' },
  ...changes,
});

/** A probe without a handshake. */
export const failedProbe = (outcome: Probe['outcome'], changes: Partial<Probe> = {}): Probe => {
  const { certificate: _, connectMs: __, handshakeMs: ___, ...rest } = exampleProbe(changes);
  return { ...rest, outcome };
};

/** Certificates that a server should not present: of another cluster, and one that has ended. */
export const foreignCertificate = { trustDomain: 'other.consul', notAfter: '2026-11-25T00:00:00.000Z' };
export const endedCertificate = { trustDomain: 'own.consul', notAfter: '2026-11-22T00:00:00.000Z' };
