import type { AgentSelf, CaRoots, Peering, Upstream } from '../../consul/wire';
import type {
  Entry,
  GatewayInstance,
  ImportedService,
  Sections,
  Server,
  ExportedServiceHealth,
  SidecarInstance,
  Snapshot,
} from '../../snapshot/snapshot';

/**
 * Rows of the healthy snapshot, each with what differs: `prod-east` exports `api` to its peer `west`, and imports
 * `billing` from it.
 */

export const exampleCluster: Snapshot['cluster'] = {
  name: 'prod-east',
  datacenter: 'dc1',
  consulVersion: '1.20.1',
  enterprise: false,
  partition: 'default',
  namespace: 'default',
};

export const exampleTakenAt = '2026-11-23T14:03:22.000Z';

export const exampleAgent = (changes: Partial<AgentSelf> = {}): AgentSelf => ({
  Config: {
    Datacenter: 'dc1',
    NodeName: 'server-1',
    Server: true,
    Version: '1.20.1',
    PrimaryDatacenter: 'dc1',
  },
  DebugConfig: { DefaultIntentionPolicy: '', ACLResolverSettings: { ACLDefaultPolicy: 'deny' } },
  xDS: { SupportedProxies: { envoy: ['1.32.2', '1.31.4', '1.30.8', '1.29.11'] } },
  ...changes,
});

export const exampleRoots = (changes: Partial<CaRoots['Roots'][number]> = {}): Sections['caRoots'] => ({
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
        ...changes,
      },
    ],
  },
});

/** A service exported by name, with two healthy instances behind sidecars. */
export const exampleExportedHealth = (
  changes: Partial<ExportedServiceHealth> = {},
): ExportedServiceHealth => ({
  endpoint: '/v1/health/connect/api',
  name: 'api',
  instances: 2,
  passing: 2,
  native: 0,
  inMesh: 2,
  ...changes,
});

export const exampleServer = (changes: Partial<Server> = {}): Server => ({
  at: { endpoint: '/v1/catalog/service/consul', path: '[0]' },
  node: 'server-1',
  version: '1.20.1',
  grpcPort: '8502',
  grpcTlsPort: '8503',
  ...changes,
});

export const examplePeering = (changes: Partial<Peering> = {}): Peering => ({
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
  ...changes,
});

/** Differences from a healthy gateway instance with a local agent. */
export interface GatewayExample {
  readonly node?: Partial<GatewayInstance['Node']>;
  readonly service?: Partial<GatewayInstance['Service']>;
  readonly checks?: GatewayInstance['Checks'];
  /** `Proxy.Config` of its registration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export const exampleCheck = (
  changes: Partial<GatewayInstance['Checks'][number]> = {},
): GatewayInstance['Checks'][number] => ({
  Node: 'gw-1',
  CheckID: 'service:mesh-gateway',
  Name: 'Mesh Gateway Listening',
  Status: 'passing',
  ServiceID: 'mesh-gateway',
  ServiceName: 'mesh-gateway',
  Type: 'tcp',
  ...changes,
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

export const exampleGateway = (changes: GatewayExample = {}): GatewayInstance => ({
  at: { endpoint: '/v1/health/service/mesh-gateway', path: '[0]' },
  Node: {
    ID: 'd5a6c1ce-8a62-4b41-b9f3-5b7a6a0a1f10',
    Node: 'gw-1',
    Address: '10.0.3.7',
    Datacenter: 'dc1',
    TaggedAddresses: {},
    Meta: { 'consul-version': '1.20.1' },
    ...changes.node,
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
      Config: { ...changes.config },
      Upstreams: [],
      MeshGateway: null,
    },
    Connect: null,
    PeerName: '',
    ...changes.service,
  },
  Checks: changes.checks ?? [exampleSerfHealth('passing'), exampleCheck()],
});

export const exampleUpstream = (changes: Partial<Upstream> = {}): Upstream => ({
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
  ...changes,
});

export const exampleSidecar = (
  upstreams: readonly Upstream[] = [exampleUpstream()],
  changes: Partial<SidecarInstance> = {},
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
  ...changes,
});

/** A config entry read by its name. */
export const exampleEntry = <T extends { readonly Kind: string; readonly Name: string }>(
  entry: T,
  withheld: readonly string[] = [],
): Entry<T> => ({
  entry,
  at: { endpoint: `/v1/config/${entry.Kind}/${entry.Name}`, path: '' },
  withheld,
});

/** An `exported-services` entry: each service with the peers, or the sameness group, that it is exported to. */
export const exampleExports = (
  services: readonly {
    readonly name: string;
    readonly peers?: readonly string[];
    readonly group?: string;
  }[],
): Sections['exportedServices'][number] =>
  exampleEntry({
    Kind: 'exported-services' as const,
    Name: 'default',
    Services: services.map(({ name, peers = [], group }) => ({
      Name: name,
      Consumers: [...peers.map((Peer) => ({ Peer })), ...(group ? [{ SamenessGroup: group }] : [])],
    })),
  });

/** The entry that lets a service of the peer call `api`. */
export const exampleIntentions = (
  sources: readonly { readonly name: string; readonly peer?: string; readonly action?: string }[] = [
    { name: 'web', peer: 'west' },
  ],
  destination = 'api',
): Sections['intentions'][number] =>
  exampleEntry({
    Kind: 'service-intentions' as const,
    Name: destination,
    Sources: sources.map(({ name, peer, action = 'allow' }) => ({
      Name: name,
      Peer: peer,
      Action: action,
      Permissions: [],
    })),
  });

/** A service of the peer, as sidecars here get it: two instances behind the peer's mesh gateway. */
export const exampleImportedService = (changes: Partial<ImportedService> = {}): ImportedService => ({
  endpoint: '/v1/health/connect/billing?peer=west',
  peer: 'west',
  service: 'billing',
  instances: 2,
  passing: 2,
  failing: [],
  addresses: ['198.51.100.10:8443'],
  ...changes,
});
