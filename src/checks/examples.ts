import type { AgentSelf, CaRoots, Peering, Upstream } from '../consul/wire';
import type {
  Entry,
  GatewayInstance,
  Sections,
  Server,
  ServiceSeen,
  SidecarInstance,
  Snapshot,
} from '../snapshot/snapshot';
import { peeringAt } from './evidence';
import type { Export } from './views/exports';
import type { GatewayMode } from './views/modes';
import type { Relation, Role } from './views/relations';
import { type PeerUpstream, type ResolvedUpstream, sidecarProxyAt } from './views/upstreams';

/**
 * Parts for the examples of checks, which tests and the generated page use: one world, in which `prod-east`
 * exports `api` to its peer `west`, and imports `billing` from it. Each part takes what differs.
 */

export const exampleCluster: Snapshot['cluster'] = {
  name: 'prod-east',
  datacenter: 'dc1',
  consulVersion: '1.20.1',
  enterprise: false,
  partition: 'default',
  namespace: 'default',
};

/** The same cluster with Consul Enterprise. */
export const exampleEnterprise: Snapshot['cluster'] = { ...exampleCluster, enterprise: true };

export const exampleTakenAt = '2026-11-23T14:03:22.000Z';

export const exampleAgent = (over: Partial<AgentSelf> = {}): AgentSelf => ({
  Config: { Datacenter: 'dc1', NodeName: 'server-1', Server: true, Version: '1.20.1' },
  xDS: { SupportedProxies: { envoy: ['1.32.2', '1.31.4', '1.30.8', '1.29.11'] } },
  ...over,
});

export const exampleRoots = (over: Partial<CaRoots['Roots'][number]> = {}): Sections['caRoots'] => ({
  enabled: true,
  roots: {
    ActiveRootID: '0b:c3:54:ed',
    TrustDomain: '563348f4-5949-094e-d859-53175e7e5bfb.consul',
    Roots: [
      {
        ID: '0b:c3:54:ed',
        Name: 'Consul CA Primary Cert',
        NotBefore: '2026-01-04T09:00:00Z',
        NotAfter: '2036-01-02T09:00:00Z',
        Active: true,
        ...over,
      },
    ],
  },
});

/** A service exported by name, with two healthy instances behind sidecars. */
export const exampleServiceSeen = (over: Partial<ServiceSeen> = {}): ServiceSeen => ({
  endpoint: '/v1/health/connect/api',
  name: 'api',
  instances: 2,
  passing: 2,
  native: 0,
  inMesh: 2,
  ...over,
});

export const exampleServer = (over: Partial<Server> = {}): Server => ({
  at: { endpoint: '/v1/catalog/service/consul', path: '[0]' },
  node: 'server-1',
  version: '1.20.1',
  grpcPort: '8502',
  grpcTlsPort: '8503',
  ...over,
});

export const examplePeering = (over: Partial<Peering> = {}): Peering => ({
  ID: '2f4ae8a2-3c4b-4ab6-a9c4-0e8ed0e8c8f1',
  Name: 'west',
  State: 'ACTIVE',
  Meta: {},
  PeerID: '',
  PeerCAPems: [],
  PeerServerName: '',
  PeerServerAddresses: [],
  StreamStatus: {
    ImportedServices: ['billing'],
    ExportedServices: ['api'],
    LastHeartbeat: '2026-11-23T14:03:20Z',
    LastReceive: '2026-11-23T14:03:20Z',
    LastSend: '2026-11-23T14:03:20Z',
  },
  Remote: null,
  ...over,
});

export const roleNo = (why: string): Role => ({ is: 'no', why, evidence: [] });

export const exampleRelation = (over: Partial<Relation> = {}): Relation => {
  const peering = over.peering ?? examplePeering();
  return {
    name: peering.Name,
    state: peering.State,
    side: peering.PeerServerAddresses.length > 0 ? 'dialer' : 'acceptor',
    peering,
    at: peeringAt(peering),
    exports: {
      is: 'yes',
      why: 'the stream reports 1 exported services',
      evidence: [{ endpoint: '/v1/peering/west', path: 'StreamStatus.ExportedServices', value: ['api'] }],
    },
    imports: {
      is: 'yes',
      why: 'the stream reports 1 imported services',
      evidence: [{ endpoint: '/v1/peering/west', path: 'StreamStatus.ImportedServices', value: ['billing'] }],
    },
    ...over,
  };
};

/** What differs of a gateway instance; the rest is a healthy one with a local agent. */
export interface GatewayExample {
  readonly node?: Partial<GatewayInstance['Node']>;
  readonly service?: Partial<GatewayInstance['Service']>;
  readonly checks?: GatewayInstance['Checks'];
  /** `Proxy.Config` of its registration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export const exampleCheck = (
  over: Partial<GatewayInstance['Checks'][number]> = {},
): GatewayInstance['Checks'][number] => ({
  Node: 'gw-1',
  CheckID: 'service:mesh-gateway',
  Name: 'Mesh Gateway Listening',
  Status: 'passing',
  ServiceID: 'mesh-gateway',
  ServiceName: 'mesh-gateway',
  Type: 'tcp',
  ...over,
});

export const exampleSerfHealth = (status: string): GatewayInstance['Checks'][number] =>
  exampleCheck({
    CheckID: 'serfHealth',
    Name: 'Serf Health Status',
    Status: status,
    ServiceID: '',
    ServiceName: '',
    Type: '',
  });

export const exampleGateway = (over: GatewayExample = {}): GatewayInstance => ({
  at: { endpoint: '/v1/health/service/mesh-gateway', path: '[0]' },
  Node: {
    ID: 'd5a6c1ce-8a62-4b41-b9f3-5b7a6a0a1f10',
    Node: 'gw-1',
    Address: '10.0.3.7',
    Datacenter: 'dc1',
    TaggedAddresses: {},
    Meta: { 'consul-version': '1.20.1' },
    ...over.node,
  },
  Service: {
    Kind: 'mesh-gateway',
    ID: 'mesh-gateway',
    Service: 'mesh-gateway',
    Address: '10.0.3.7',
    TaggedAddresses: {
      lan: { Address: '10.0.3.7', Port: 8443 },
      wan: { Address: '203.0.113.7', Port: 8443 },
    },
    Meta: {},
    Port: 8443,
    Proxy: {
      DestinationServiceName: '',
      DestinationServiceID: '',
      Mode: '',
      Config: { ...over.config },
      Upstreams: [],
      MeshGateway: null,
    },
    Connect: null,
    PeerName: '',
    ...over.service,
  },
  Checks: over.checks ?? [exampleSerfHealth('passing'), exampleCheck()],
});

export const exampleUpstream = (over: Partial<Upstream> = {}): Upstream => ({
  DestinationType: 'service',
  DestinationName: 'billing',
  DestinationNamespace: '',
  DestinationPartition: '',
  DestinationPeer: 'west',
  Datacenter: '',
  LocalBindPort: 9191,
  LocalBindSocketPath: '',
  Config: {},
  MeshGateway: null,
  CentrallyConfigured: false,
  ...over,
});

export const exampleSidecar = (
  upstreams: readonly Upstream[] = [exampleUpstream()],
  over: Partial<SidecarInstance> = {},
): SidecarInstance => ({
  at: { endpoint: '/v1/catalog/node-services/app-1', path: 'Services[1]' },
  node: 'app-1',
  id: 'web-sidecar-proxy',
  service: 'web-sidecar-proxy',
  proxy: {
    DestinationServiceName: 'web',
    DestinationServiceID: 'web',
    Mode: '',
    Config: {},
    Upstreams: [...upstreams],
    MeshGateway: null,
  },
  ...over,
});

/** An upstream of a sidecar as the views resolve one that names its peer, or that leads nowhere else. */
export const exampleResolved = (
  over: Partial<Upstream> = {},
  reaches?: ResolvedUpstream['reaches'],
): ResolvedUpstream => {
  const upstream = exampleUpstream(over);
  const registered = exampleSidecar([upstream]);
  const sidecar = { ...registered, shown: registered.proxy };
  const namespace = upstream.DestinationNamespace || 'default';
  return {
    at: sidecarProxyAt(sidecar, 'Upstreams[0]'),
    sidecar,
    node: sidecar.node,
    proxy: sidecar.service,
    proxyId: sidecar.id,
    index: 0,
    upstream,
    destination: upstream.DestinationName,
    namespace,
    reaches: reaches ?? [
      {
        peer: upstream.DestinationPeer,
        datacenter: '',
        service: upstream.DestinationName,
        namespace,
        via: 'upstream',
        trail: [],
      },
    ],
    unresolved: '',
  };
};

export const examplePeerUpstream = (over: Partial<Upstream> = {}): PeerUpstream => {
  const resolved = exampleResolved(over);
  const reach = {
    peer: resolved.upstream.DestinationPeer,
    datacenter: '',
    service: resolved.destination,
    namespace: resolved.namespace,
    via: 'upstream' as const,
    trail: [],
  };
  return { ...resolved, reach, peer: reach.peer, service: reach.service };
};

/** A config entry read by its name. */
export const exampleEntry = <T extends { readonly Kind: string; readonly Name: string }>(
  entry: T,
  withheld: readonly string[] = [],
): Entry<T> => ({
  entry,
  at: { endpoint: `/v1/config/${entry.Kind}/${entry.Name}`, path: '' },
  withheld,
});

export const exampleExport = (over: Partial<Export> = {}): Export => {
  const entry = exampleEntry({
    Kind: 'exported-services' as const,
    Name: 'default',
    Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }],
  });
  return {
    entry,
    index: 0,
    at: { endpoint: entry.at.endpoint, path: 'Services[0]' },
    partition: 'default',
    service: 'api',
    namespace: 'default',
    wildcard: false,
    consumers: [
      { peer: 'west', at: { endpoint: entry.at.endpoint, path: 'Services[0].Consumers[0]' }, group: '' },
    ],
    unresolved: [],
    ...over,
  };
};

/** A way to the peer, with the mode that no layer sets unless told otherwise. */
export const exampleMode = (over: Partial<GatewayMode> = {}): GatewayMode => {
  const upstream = examplePeerUpstream();
  return {
    mode: 'remote',
    layer: 'default',
    seen: undefined,
    entry: undefined,
    upstream,
    sidecar: upstream.sidecar,
    ...over,
  };
};
