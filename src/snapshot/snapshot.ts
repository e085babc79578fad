import type { ConsulErrorCause, ConsulErrorKind } from '../consul/answer';
import type {
  AclToken,
  AgentSelf,
  AgentService,
  CaRoots,
  DiscoveryChain,
  ExpandedToken,
  ExportedServices,
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
  TerminatingGateway,
} from '../consul/wire';
import type { AclSections } from './acl-sections';

/**
 * What the checks see of a cluster: typed sections, each with its value or the reason why it could not be seen.
 * JSON-safe and without secrets, so that a saved snapshot gives the same results as the cluster itself.
 */

/** Stands where a value of a cluster was taken out of the snapshot because it might be secret. */
export const withheldValue = '<withheld>';

/** Why something could not be seen. */
export interface HiddenReason {
  /** `anonymous`: no token was sent, so hidden rows are not even announced. `not-gathered`: nobody asked. */
  readonly kind: ConsulErrorKind | 'anonymous' | 'unsupported' | 'not-gathered';
  /** What the failure comes from, where its kind alone does not say it. */
  readonly cause?: ConsulErrorCause;
  readonly endpoint: string;
  /** One sentence for the reader. */
  readonly message: string;
  /** The ACL rules that would show it, as HCL lines, where that is the cause. */
  readonly needs?: readonly string[];
}

/** `part`: the value holds real rows, and rows are known or suspected to be missing. */
export type Section<T> =
  | { readonly visibility: 'visible'; readonly value: T }
  | { readonly visibility: 'partial'; readonly value: T; readonly reason: HiddenReason }
  | { readonly visibility: 'hidden'; readonly reason: HiddenReason };

/** Where a row was read, for evidence: endpoint, and the path inside its answer. */
export interface SourceLocation {
  readonly endpoint: string;
  readonly path: string;
}

export interface Server {
  readonly at: SourceLocation;
  readonly node: string;
  /** `ServiceMeta.version` of service `consul`, else node meta `consul-version`; empty where neither is set. */
  readonly version: string;
  readonly grpcPort: string;
  readonly grpcTlsPort: string;
}

/** A mesh gateway instance with its checks, those of its node among them. */
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
  /** The rest of the registration, which a remediation repeats; absent where it was not kept. */
  readonly registration?: SidecarRegistration;
  /** Paths below the registration whose values were left out of the snapshot, such as `/Proxy/Config/x`. */
  readonly withheld?: readonly string[];
  /**
   * Who registered it, told by its node: an agent that manages the node, Consul dataplane on Kubernetes (a
   * synthetic node), or somebody who wrote to the catalog. Absent where the node was not read.
   */
  readonly managedBy?: 'agent' | 'dataplane' | 'catalog';
  /** Names of its critical checks, those of its node among them; absent where its checks were not read. */
  readonly failing?: readonly string[];
}

/** What a registration holds beside its names and its proxy. */
export type SidecarRegistration = Pick<
  AgentService,
  'Tags' | 'Address' | 'TaggedAddresses' | 'Meta' | 'Port' | 'SocketPath' | 'EnableTagOverride' | 'Weights'
>;

/** One service exported by name: its instances and what stands for it in the mesh. */
export interface ExportedServiceHealth {
  /** Where `native` and `inMesh` were read: `/v1/health/connect/:name`. */
  readonly endpoint: string;
  /** Where `instances` and `passing` were read: `/v1/health/service/:name`, or the catalog and the critical checks. */
  readonly healthEndpoint?: string;
  readonly name: string;
  readonly namespace?: string;
  /** Exact where `passing` is 0; else there are at least so many. */
  readonly instances: number;
  /** Instances with no critical check, of the service or of its node. Exact where it is 0, else at least so many. */
  readonly passing: number;
  /** Instances with `Connect.Native`. */
  readonly native: number;
  /** Rows of `/v1/health/connect/:name`: sidecars, native instances, terminating gateways. */
  readonly inMesh: number;
  /** The first of those rows, where each of them has a critical check. */
  readonly downInMesh?: {
    readonly kind: string;
    readonly service: string;
    readonly id: string;
    readonly node: string;
    /** On a synthetic node, where Consul dataplane runs it. */
    readonly synthetic: boolean;
    /** The names of its critical checks, those of its node among them. */
    readonly failing: readonly string[];
  };
  /** One of its instances; only of a service that nothing stands for in the mesh, to give it a sidecar. */
  readonly sample?: { readonly node: string; readonly id: string; readonly port: number };
}

/** A service name that config entries touch, as Consul compiles it for the sidecars that call it. */
export interface CompiledChain {
  readonly endpoint: string;
  readonly service: string;
  /** The protocol that the upstream sets, which switches routers and splitters off or on; empty where it sets none. */
  readonly protocol: string;
  readonly chain: DiscoveryChain['Chain'];
}

/** A service of a peer, as sidecars here get it: `/v1/health/connect/:name?peer=`. */
export interface ImportedService {
  readonly endpoint: string;
  readonly peer: string;
  readonly service: string;
  readonly namespace?: string | undefined;
  /** Rows: 0 where the peer has no sidecar of it, or no mesh gateway. */
  readonly instances: number;
  /** Rows without a critical check. */
  readonly passing: number;
  /** Names of critical checks, where no row is without one. */
  readonly failing: readonly string[];
  /** `host:port` of the peer's mesh gateways. */
  readonly addresses: readonly string[];
}

export interface ServiceName {
  readonly name: string;
  readonly namespace?: string;
}

/** A config entry with the fields that are read typed, and all else kept but for values that could be secret. */
export interface Entry<T> {
  readonly entry: T;
  readonly at: SourceLocation;
  /** Paths whose values were left out of the snapshot (JSON Pointer style); a remediation cannot repeat them. */
  readonly withheld: readonly string[];
}

/** The ACL system as the cluster's own token sees it. */
export interface AclState {
  readonly enabled: boolean;
  /** The token that the bot uses, without its rules; absent where ACLs are disabled. */
  readonly self?: AclToken;
  /**
   * The same with its rules. Only where the token may read them, which takes `acl:read`:
   * `/v1/acl/token/self?expanded=true` answers without any rules (measured on 1.20.1).
   */
  readonly own?: ExpandedToken;
  /** Why `own` is absent although ACLs are enabled. */
  readonly ownUnseen?: HiddenReason;
  readonly anonymous: boolean;
}

/** The other end of a peering, where it is configured here too. */
export interface OtherSide {
  readonly peer: string;
  readonly cluster: string;
  readonly snapshot: Section<Snapshot>;
}

/** The value of each section. */
export interface Sections extends AclSections {
  agent: AgentSelf;
  /** `host:port` of the leader; empty where there is none. */
  leader: string;
  servers: readonly Server[];
  /** Those that are federated with this one (WAN), itself among them; asked for only where an upstream names one. */
  datacenters: readonly string[];
  acl: AclState;
  /** `enabled: false` where the servers answer that peering is disabled; `refusal` is that answer's body. */
  peerings: {
    readonly enabled: boolean;
    readonly list: readonly Peering[];
    readonly refusal?: string | undefined;
  };
  /** `enabled: false` where the servers answer that the service mesh is disabled; `refusal` is that answer's body. */
  caRoots: { readonly enabled: boolean; readonly roots: CaRoots; readonly refusal?: string | undefined };
  /** All service names in the catalog, of every kind. */
  serviceNames: readonly ServiceName[];
  gateways: readonly GatewayInstance[];
  sidecars: readonly SidecarInstance[];
  /** Services exported by name, and targets that upstreams name. */
  exportedHealth: readonly ExportedServiceHealth[];
  resolvedExports: readonly ResolvedExport[];
  exportedServices: readonly Entry<ExportedServices>[];
  proxyDefaults: readonly Entry<ProxyDefaults>[];
  serviceDefaults: readonly Entry<ServiceDefaults>[];
  serviceResolvers: readonly Entry<ServiceResolver>[];
  serviceRouters: readonly Entry<ServiceRouter>[];
  serviceSplitters: readonly Entry<ServiceSplitter>[];
  intentions: readonly Entry<ServiceIntentions>[];
  /** Names that upstreams call and that routers, splitters or resolvers touch. */
  discoveryChains: readonly CompiledChain[];
  /** Services of peers that upstreams reach. */
  importedServices: readonly ImportedService[];
  mesh: readonly Entry<Mesh>[];
  terminatingGateways: readonly Entry<TerminatingGateway>[];
  samenessGroups: readonly Entry<SamenessGroup>[];
  /** `/v1/query`, asked for only where an upstream is a prepared query; all seen and empty elsewhere. */
  preparedQueries: readonly PreparedQuery[];
  /** The far ends that are configured here, each with its own snapshot (without far ends of its own). */
  otherSides: readonly OtherSide[];
  /** When each PENDING peering was first seen so, by peering id (ISO 8601). From the bot's own store, not Consul. */
  pendingSince: Readonly<Record<string, string>>;
}

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
