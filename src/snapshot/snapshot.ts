import type { ConsulErrorCause, ConsulErrorKind } from '../consul/answer';
import type {
  AclToken,
  AgentSelf,
  AgentService,
  ApiGateway,
  CaRoots,
  DiscoveryChain,
  ExpandedToken,
  ExportedServices,
  HttpRoute,
  IngressGateway,
  Mesh,
  Peering,
  PreparedQuery,
  Proxy,
  ProxyDefaults,
  ResolvedExport,
  SamenessGroup,
  ServiceDefaults,
  ServiceHealth,
  ServiceIntentions,
  ServiceResolver,
  ServiceRouter,
  ServiceSplitter,
  TcpRoute,
  TerminatingGateway,
} from '../consul/wire';
import type { AclSections } from './acl-sections';
import type { Maintenance } from './health';

/** Replaces a value that may be secret. */
export const withheldValue = '<withheld>';

/** The reason why a section is not visible, or not completely. */
export interface HiddenReason {
  /** `anonymous`: no token was sent, so Consul does not report rows that it leaves out. `not-gathered`: not requested. */
  readonly kind: ConsulErrorKind | 'anonymous' | 'unsupported' | 'not-gathered';
  /** Cause of a failure, where its kind alone does not tell it. */
  readonly cause?: ConsulErrorCause;
  readonly endpoint: string;
  /** One sentence for the reader. */
  readonly message: string;
  /** The ACL rules that would make it visible, as HCL lines, if a missing permission is the cause. */
  readonly needs?: readonly string[];
}

/**
 * Data of one kind that was read from a cluster. `partial`: the value holds real rows, and others are known or suspected to be
 * missing.
 */
export type Section<T> =
  | { readonly visibility: 'visible'; readonly value: T }
  | { readonly visibility: 'partial'; readonly value: T; readonly reason: HiddenReason }
  | { readonly visibility: 'hidden'; readonly reason: HiddenReason };

/** Source of a row, for evidence: the endpoint, and the path inside its answer. */
export interface SourceLocation {
  readonly endpoint: string;
  readonly path: string;
}

export interface Server {
  readonly at: SourceLocation;
  readonly node: string;
  /** `ServiceMeta.version` of service `consul`, else node meta `consul-version`; empty if neither is set. */
  readonly version: string;
  readonly grpcPort: string;
  readonly grpcTlsPort: string;
}

/** A mesh gateway instance with its checks and those of its node. */
export interface GatewayInstance extends ServiceHealth {
  readonly at: SourceLocation;
  /** Paths below the row whose values were left out of the snapshot, such as `/Service/Proxy/Config/x`. */
  readonly withheld?: readonly string[];
}

/** A sidecar instance that matters to peering: with an upstream that names a peer, lacks a name, or could only mean a peer's service; or transparent. */
export interface SidecarInstance {
  readonly at: SourceLocation;
  readonly node: string;
  readonly id: string;
  /** The sidecar's own service name, such as `web-sidecar-proxy`. */
  readonly service: string;
  readonly partition?: string;
  readonly namespace?: string;
  readonly proxy: Proxy;
  /** The rest of the registration, which a remediation repeats. Absent in snapshots of earlier versions. */
  readonly registration?: SidecarRegistration;
  /** Paths below the registration whose values were left out of the snapshot, such as `/Proxy/Config/x`. */
  readonly withheld?: readonly string[];
  /**
   * The registrar, derived from the node: an agent that manages the node, Consul dataplane on Kubernetes (a synthetic
   * node), or a client that wrote to the catalog. Absent if the node was not read.
   */
  readonly managedBy?: 'agent' | 'dataplane' | 'catalog';
  /** Names of its critical checks, those of its node among them; absent where its checks were not read. */
  readonly failing?: readonly string[];
}

/** Fields of a registration beside its names and its proxy. */
export type SidecarRegistration = Pick<
  AgentService,
  'Tags' | 'Address' | 'TaggedAddresses' | 'Meta' | 'Port' | 'SocketPath' | 'EnableTagOverride' | 'Weights'
>;

/** A service that is exported by name: the health of its instances, and of those in the mesh. */
export interface ExportedServiceHealth {
  /** Source of `native` and `inMesh`: `/v1/health/connect/:name`. */
  readonly endpoint: string;
  /** Source of `instances` and `passing`: `/v1/health/service/:name`, or the catalog and the critical checks. */
  readonly healthEndpoint?: string;
  readonly name: string;
  readonly namespace?: string;
  /** The name in another case that is registered, where this one is not. */
  readonly registeredAs?: string | undefined;
  /** Exact if `passing` is 0, otherwise a lower bound. */
  readonly instances: number;
  /** Instances with no critical check, of the service or of its node. Exact if it is 0, otherwise a lower bound. */
  readonly passing: number;
  /** Instances with `Connect.Native`. */
  readonly native: number;
  /** Rows of `/v1/health/connect/:name`: sidecars, native instances, terminating gateways. */
  readonly inMesh: number;
  /** The first of those rows, if each of them has a critical check. */
  readonly downInMesh?: {
    readonly kind: string;
    readonly service: string;
    readonly id: string;
    readonly node: string;
    /** True on a synthetic node, which means that Consul dataplane runs it. */
    readonly synthetic: boolean;
    /** Names of its critical checks, and of those of its node. */
    readonly failing: readonly string[];
    /** Absent where it is in none. */
    readonly maintenance?: readonly Maintenance[] | undefined;
  };
  /** Maintenance of its first instance, if none passes. Absent where it is in none. */
  readonly maintenance?: readonly Maintenance[] | undefined;
  /** One of its instances, if it is not in the mesh: the fix, a sidecar, needs its address. */
  readonly sample?: { readonly node: string; readonly id: string; readonly port: number };
}

/** Discovery chain of a service name that config entries rewrite, as Consul compiles it for sidecars. */
export interface CompiledChain {
  readonly endpoint: string;
  readonly service: string;
  /** The protocol that the upstream sets, which switches routers and splitters off or on; empty if it sets none. */
  readonly protocol: string;
  readonly chain: DiscoveryChain['Chain'];
}

/** A service of a peer, as sidecars here receive it: `/v1/health/connect/:name?peer=`. */
export interface ImportedService {
  readonly endpoint: string;
  readonly peer: string;
  readonly service: string;
  readonly namespace?: string | undefined;
  /** Number of rows: 0 if the peer has no sidecar of it, or no mesh gateway. */
  readonly instances: number;
  /** Rows without a critical check. */
  readonly passing: number;
  /** Names of critical checks, if every row has one. */
  readonly failing: readonly string[];
  /** `host:port` of the peer's mesh gateways. */
  readonly addresses: readonly string[];
}

/** An instance of an API or ingress gateway, which calls services by its routes or listeners. */
export interface RoutingGateway {
  readonly at: SourceLocation;
  readonly name: string;
  readonly node: string;
  /** Names of its critical checks, those of its node among them. */
  readonly failing: readonly string[];
}

export interface ServiceName {
  readonly name: string;
  readonly namespace?: string;
}

/** A config entry. The fields that are read are typed; all others are kept, without values that may be secret. */
export interface Entry<T> {
  readonly entry: T;
  readonly at: SourceLocation;
  /** Paths whose values were left out of the snapshot (JSON Pointer style); a remediation cannot repeat them. */
  readonly withheld: readonly string[];
}

/** State of the ACL system, as far as the bot's own token may read it. */
export interface AclState {
  readonly enabled: boolean;
  /** The token that the bot uses, without its rules; absent if ACLs are disabled. */
  readonly self?: AclToken;
  /**
   * The token with its rules. Present if the token may read them, which takes `acl:read`:
   * `/v1/acl/token/self?expanded=true` returns no rules (measured on 1.20.1).
   */
  readonly own?: ExpandedToken;
  /** The reason why `own` is absent although ACLs are enabled. */
  readonly ownUnseen?: HiddenReason;
  readonly anonymous: boolean;
}

/** The other end of a peering, if that cluster is configured too. */
export interface OtherSide {
  readonly peer: string;
  readonly cluster: string;
  readonly snapshot: Section<Snapshot>;
}

/** The value of each section. */
export interface Sections extends AclSections {
  agent: AgentSelf;
  /** `host:port` of the leader; empty if there is none. */
  leader: string;
  servers: readonly Server[];
  /** This datacenter and those federated with it (WAN). Read only if an upstream names one. */
  datacenters: readonly string[];
  acl: AclState;
  /** `enabled: false` if the servers answer that peering is disabled; `refusal` is the body of that answer. */
  peerings: {
    readonly enabled: boolean;
    readonly list: readonly Peering[];
    readonly refusal?: string | undefined;
  };
  /** `enabled: false` if the servers answer that the mesh is disabled; `refusal` is the body of that answer. */
  caRoots: { readonly enabled: boolean; readonly roots: CaRoots; readonly refusal?: string | undefined };
  /** All service names in the catalog, of every kind. */
  serviceNames: readonly ServiceName[];
  gateways: readonly GatewayInstance[];
  sidecars: readonly SidecarInstance[];
  /** Services exported by name, and those that fail over to a peer. */
  exportedHealth: readonly ExportedServiceHealth[];
  resolvedExports: readonly ResolvedExport[];
  exportedServices: readonly Entry<ExportedServices>[];
  proxyDefaults: readonly Entry<ProxyDefaults>[];
  serviceDefaults: readonly Entry<ServiceDefaults>[];
  serviceResolvers: readonly Entry<ServiceResolver>[];
  serviceRouters: readonly Entry<ServiceRouter>[];
  serviceSplitters: readonly Entry<ServiceSplitter>[];
  intentions: readonly Entry<ServiceIntentions>[];
  /** Names that upstreams call and that routers, splitters or resolvers rewrite. */
  discoveryChains: readonly CompiledChain[];
  /** Names that are exported and that routers, splitters or resolvers touch. */
  exportedChains: readonly CompiledChain[];
  /** Services of peers that upstreams reach. */
  importedServices: readonly ImportedService[];
  mesh: readonly Entry<Mesh>[];
  terminatingGateways: readonly Entry<TerminatingGateway>[];
  httpRoutes: readonly Entry<HttpRoute>[];
  tcpRoutes: readonly Entry<TcpRoute>[];
  apiGateways: readonly Entry<ApiGateway>[];
  ingressGateways: readonly Entry<IngressGateway>[];
  /** Instances of the gateways that these entries are of. */
  routingGateways: readonly RoutingGateway[];
  samenessGroups: readonly Entry<SamenessGroup>[];
  /** `/v1/query`, read only if an upstream is a prepared query; visible and empty otherwise. */
  preparedQueries: readonly PreparedQuery[];
  /** The configured clusters at the other ends, each with a snapshot (without other sides of its own). */
  otherSides: readonly OtherSide[];
  /** When each PENDING peering was first found pending, by peering id (ISO 8601). From the bot's store, not Consul. */
  pendingSince: Readonly<Record<string, string>>;
}

/**
 * The data of a cluster that checks read: typed sections, each with its value or the reason why it is not visible.
 * JSON-safe and without secrets, so that checks of a saved snapshot have the results that the cluster itself would.
 */
export interface Snapshot {
  readonly schemaVersion: 2;
  readonly cluster: {
    readonly name: string;
    readonly datacenter: string;
    readonly consulVersion: string;
    readonly enterprise: boolean;
    readonly partition: string;
    readonly namespace: string;
  };
  /** The server's clock when the peerings were read (ISO 8601); ages are measured against it. */
  readonly takenAt: string;
  readonly durationMs: number;
  readonly sections: { readonly [K in keyof Sections]: Section<Sections[K]> };
}
