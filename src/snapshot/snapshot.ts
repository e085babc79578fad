import { z } from 'zod';
import { consulErrorCauses, consulErrorKinds } from '../consul/answer';
import {
  AclToken,
  AgentSelf,
  AgentService,
  CaRoots,
  configEntries,
  DiscoveryChain,
  ExpandedToken,
  Peering,
  PreparedQuery,
  Proxy,
  ResolvedExport,
  ServiceHealth,
} from '../consul/wire';
import { GatewayToken, OwnRight, SidecarTokens, TokenCandidates } from './acl-sections';
import { Maintenance } from './health';
import { Probe } from './probe-section';

/*
 * A schema and its type share a name. The schemas are for files alone: what is gathered has passed those of
 * `consul/wire`, and is not parsed again.
 */

/** Returns a list whose type is read-only. */
const rows = <T extends z.ZodType>(row: T) => z.array(row).readonly();

const names = rows(z.string());

/** The reason why a section is not visible, or not completely. */
const HiddenReason = z
  .object({
    /** `anonymous`: no token was sent, so Consul does not report rows that it leaves out. `not-gathered`: not requested. */
    kind: z.enum([...consulErrorKinds, 'anonymous', 'unsupported', 'not-gathered']),
    /** Cause of a failure, where its kind alone does not tell it. Dropped if another version wrote one of its own. */
    cause: z.enum(consulErrorCauses).optional().catch(undefined),
    endpoint: z.string(),
    /** One or two sentences for the reader. */
    message: z.string(),
    /** The ACL rules that would make it visible, as HCL lines, if a missing permission is the cause. */
    needs: names.optional(),
  })
  .readonly();
export interface HiddenReason extends z.infer<typeof HiddenReason> {}

/**
 * Data of one kind that was read from a cluster. `partial`: the value holds real rows, and others are known or suspected to be
 * missing.
 */
export type Section<T> =
  | { readonly visibility: 'visible'; readonly value: T }
  | { readonly visibility: 'partial'; readonly value: T; readonly reason: HiddenReason }
  | { readonly visibility: 'hidden'; readonly reason: HiddenReason };

const section = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion('visibility', [
    z.object({ visibility: z.literal('visible'), value }).readonly(),
    z.object({ visibility: z.literal('partial'), value, reason: HiddenReason }).readonly(),
    z.object({ visibility: z.literal('hidden'), reason: HiddenReason }).readonly(),
  ]);

/** Source of a row, for evidence: the endpoint, and the path inside its answer. */
const SourceLocation = z.object({ endpoint: z.string(), path: z.string() }).readonly();
export interface SourceLocation extends z.infer<typeof SourceLocation> {}

const Server = z
  .object({
    at: SourceLocation,
    node: z.string(),
    /** Its own address, which is not always that in peering tokens. Absent in snapshots of earlier versions. */
    address: z.string().optional(),
    /** `ServiceMeta.version` of service `consul`, else node meta `consul-version`; empty if neither is set. */
    version: z.string(),
    grpcPort: z.string(),
    grpcTlsPort: z.string(),
  })
  .readonly();
export interface Server extends z.infer<typeof Server> {}

/** A mesh gateway instance with its checks and those of its node. */
const GatewayInstance = ServiceHealth.extend({
  at: SourceLocation,
  /** Paths below the row whose values were left out of the snapshot, such as `/Service/Proxy/Config/x`. */
  withheld: names.optional(),
}).readonly();
export interface GatewayInstance extends z.infer<typeof GatewayInstance> {}

/** Fields of a registration beside its names and its proxy. */
const SidecarRegistration = AgentService.pick({
  Tags: true,
  Address: true,
  TaggedAddresses: true,
  Meta: true,
  Port: true,
  SocketPath: true,
  EnableTagOverride: true,
  Weights: true,
}).readonly();
export interface SidecarRegistration extends z.infer<typeof SidecarRegistration> {}

/** A sidecar instance that matters to peering: with an upstream that names a peer, lacks a name, or could only mean a peer's service; or transparent. */
const SidecarInstance = z
  .object({
    at: SourceLocation,
    node: z.string(),
    id: z.string(),
    /** The sidecar's own service name, such as `web-sidecar-proxy`. */
    service: z.string(),
    partition: z.string().optional(),
    namespace: z.string().optional(),
    proxy: Proxy,
    /** The rest of the registration, which a remediation repeats. Absent in snapshots of earlier versions. */
    registration: SidecarRegistration.optional(),
    /** Paths below the registration whose values were left out of the snapshot, such as `/Proxy/Config/x`. */
    withheld: names.optional(),
    /**
     * The registrar, derived from the node: an agent that manages the node, Consul dataplane on Kubernetes (a synthetic
     * node), or a client that wrote to the catalog. Absent if the node was not read.
     */
    managedBy: z.enum(['agent', 'dataplane', 'catalog']).optional(),
    /**
     * Names of the critical checks by which it does not run, those of its node among them; no alias checks, and none of
     * the readiness of its pod. Absent where its checks were not read.
     */
    failing: names.optional(),
    /** True if no check says whether it runs: its Envoy may run or not. */
    unchecked: z.boolean().optional(),
    /** True if Kubernetes finds its pod not ready. */
    unready: z.boolean().optional(),
  })
  .readonly();
export interface SidecarInstance extends z.infer<typeof SidecarInstance> {}

/** Mesh instances of a subset that a resolver defines: rows of `/v1/health/connect/:name` with its filter. */
const SubsetHealth = z
  .object({
    name: z.string(),
    inMesh: z.number(),
    /** Instances without a critical check; without a warning either, where the subset takes passing ones alone. */
    healthy: z.number(),
  })
  .readonly();
export interface SubsetHealth extends z.infer<typeof SubsetHealth> {}

/** An instance of a gateway, by what starts its Envoy. */
const GatewayRow = z.object({ gateway: z.string(), id: z.string(), node: z.string() }).readonly();
export interface GatewayRow extends z.infer<typeof GatewayRow> {}

/** A service that is exported by name: the health of its instances, and of those in the mesh. */
const ExportedServiceHealth = z
  .object({
    /** Source of `native` and `inMesh`: `/v1/health/connect/:name`. */
    endpoint: z.string(),
    /** Source of `instances` and `passing`: `/v1/health/service/:name`, or the catalog and the critical checks. */
    healthEndpoint: z.string().optional(),
    name: z.string(),
    namespace: z.string().optional(),
    /** The name in another case that is registered, where this one is not. */
    registeredAs: z.string().optional(),
    /** Exact if `passing` is 0, otherwise a lower bound. */
    instances: z.number(),
    /** Instances with no critical check, of the service or of its node. Exact if it is 0, otherwise a lower bound. */
    passing: z.number(),
    /** Instances with `Connect.Native`. */
    native: z.number(),
    /** Rows of `/v1/health/connect/:name`: sidecars, native instances, terminating gateways. */
    inMesh: z.number(),
    /** The terminating gateways among those rows; absent where there is none. */
    terminatedBy: names.optional(),
    /** Number of the rows that are terminating gateways; absent where there is none. */
    terminatedRows: z.number().optional(),
    /** Some of those rows, if there are any; absent in snapshots of earlier versions. */
    terminators: rows(GatewayRow).optional(),
    /**
     * The protocols in the registrations of its sidecars, an empty one for those that set none; absent where none of them
     * sets one. Earlier versions left it out where one of them sets none.
     */
    protocols: names.optional(),
    /** Options of its sidecars that replace what Consul computes for Envoy; absent where there is none. */
    escapeHatches: rows(
      z.object({ proxy: z.string(), option: z.string(), path: z.string() }).readonly(),
    ).optional(),
    /** The shortest time that one of its sidecars gives the application for a request; absent where none sets it. */
    localRequestTimeout: z
      .object({ proxy: z.string(), path: z.string(), ms: z.number() })
      .readonly()
      .optional(),
    /** The first of those rows, if none of them gets calls. */
    downInMesh: z
      .object({
        kind: z.string(),
        service: z.string(),
        id: z.string(),
        node: z.string(),
        /** True on a synthetic node, which means that Consul dataplane runs it. */
        synthetic: z.boolean(),
        /** Names of the checks that keep calls away from it, and of those of its node. */
        failing: names,
        /** Absent if it is not in maintenance. */
        maintenance: rows(Maintenance).optional(),
      })
      .readonly()
      .optional(),
    /** Its subsets that calls of exported names end at; absent where there are none. */
    subsets: rows(SubsetHealth).optional(),
    /** Maintenance of its first instance, if none passes. Absent if it is not in maintenance. */
    maintenance: rows(Maintenance).optional(),
    /** One of its instances, if it is not in the mesh: the fix, a sidecar, needs its address. */
    sample: z.object({ node: z.string(), id: z.string(), port: z.number() }).readonly().optional(),
  })
  .readonly();
export interface ExportedServiceHealth extends z.infer<typeof ExportedServiceHealth> {}

/** Discovery chain of a service name that config entries rewrite, as Consul compiles it for sidecars. */
const CompiledChain = z
  .object({
    endpoint: z.string(),
    service: z.string(),
    /** The protocol that the upstream sets, which switches routers and splitters off or on; empty if it sets none. */
    protocol: z.string(),
    /** The datacenter that the upstream names; absent where it names none. */
    datacenter: z.string().optional(),
    chain: DiscoveryChain.shape.Chain,
  })
  .readonly();
export interface CompiledChain extends z.infer<typeof CompiledChain> {}

/** A service of a peer, as sidecars here receive it: `/v1/health/connect/:name?peer=`. */
const ImportedService = z
  .object({
    endpoint: z.string(),
    peer: z.string(),
    service: z.string(),
    namespace: z.string().optional(),
    /** Number of rows: 0 if the peer has no sidecar of it, or no mesh gateway. */
    instances: z.number(),
    /** Rows without a critical check. */
    passing: z.number(),
    /** Names of critical checks, if every row has one. */
    failing: names,
    /** `host:port` of the peer's mesh gateways. */
    addresses: names,
    /** The name that sidecars ask those gateways for (SNI). */
    serverName: z.string().optional(),
    /** The protocol that its gateways serve it with. */
    protocol: z.string().optional(),
  })
  .readonly();
export interface ImportedService extends z.infer<typeof ImportedService> {}

/** An instance of an API or ingress gateway, which calls services by its routes or listeners. */
const RoutingGateway = z
  .object({
    at: SourceLocation,
    name: z.string(),
    /** Absent in snapshots of earlier versions. */
    id: z.string().optional(),
    node: z.string(),
    /** Names of its critical checks, those of its node among them. */
    failing: names,
    /** True if no check watches it: its Envoy may run or not. */
    unchecked: z.boolean().optional(),
  })
  .readonly();
export interface RoutingGateway extends z.infer<typeof RoutingGateway> {}

const ServiceName = z.object({ name: z.string(), namespace: z.string().optional() }).readonly();
export interface ServiceName extends z.infer<typeof ServiceName> {}

/** A terminating gateway that a wildcard links, with the services that this covers. */
const WildcardLink = z
  .object({
    endpoint: z.string(),
    gateway: z.string(),
    /** Registered services, without those that the entry names as well. */
    services: rows(ServiceName),
  })
  .readonly();
export interface WildcardLink extends z.infer<typeof WildcardLink> {}

/** A config entry. The fields that are read are typed; all others are kept, without values that may be secret. */
export interface Entry<T> {
  readonly entry: T;
  readonly at: SourceLocation;
  /** Paths whose values were left out of the snapshot (JSON Pointer style); a remediation cannot repeat them. */
  readonly withheld: readonly string[];
}

const entries = <T extends z.ZodType>(entry: T) =>
  rows(z.object({ entry, at: SourceLocation, withheld: names }).readonly());

/** State of the ACL system, as far as the bot's own token may read it. */
const AclState = z
  .object({
    enabled: z.boolean(),
    /** The token that the bot uses, without its rules; absent if ACLs are disabled. */
    self: AclToken.optional(),
    /**
     * The token with its rules. Present if the token may read them, which takes `acl:read`:
     * `/v1/acl/token/self?expanded=true` returns no rules (measured on 1.20.1).
     */
    own: ExpandedToken.optional(),
    /** The reason why `own` is absent although ACLs are enabled. */
    ownUnseen: HiddenReason.optional(),
    /** Names of all policies, which a new one cannot have. Absent if they are not visible. */
    policyNames: z.array(z.string()).readonly().optional(),
    anonymous: z.boolean(),
  })
  .readonly();
export interface AclState extends z.infer<typeof AclState> {}

const ofEarlierVersion: Section<never> = {
  visibility: 'hidden',
  reason: { kind: 'not-gathered', endpoint: '', message: 'An earlier version took this snapshot' },
};

/** A section that snapshots of earlier versions do not have. */
const laterSection = <T extends z.ZodType>(value: T) => section(value).default(ofEarlierVersion);

/** All sections but `otherSides`. */
const sections = {
  /** Empty if clusters.yml names none, or if ACLs are disabled. */
  gatewayTokens: section(rows(GatewayToken)),
  /** Gathered only if clusters.yml names no gateway token. */
  tokenCandidates: section(TokenCandidates),
  sidecarTokens: laterSection(SidecarTokens),
  /** Empty if ACLs are disabled. */
  ownRights: section(rows(OwnRight)),
  agent: section(AgentSelf),
  /** `host:port` of the leader; empty if there is none. */
  leader: section(z.string()),
  servers: section(rows(Server)),
  /** This datacenter and those federated with it (WAN). Read only if an upstream names one. */
  datacenters: laterSection(names),
  acl: section(AclState),
  /** `enabled: false` if the servers answer that peering is disabled; `refusal` is the body of that answer. */
  peerings: section(
    z.object({ enabled: z.boolean(), list: rows(Peering), refusal: z.string().optional() }).readonly(),
  ),
  /** `enabled: false` if the servers answer that the mesh is disabled; `refusal` is the body of that answer. */
  caRoots: section(
    z.object({ enabled: z.boolean(), roots: CaRoots, refusal: z.string().optional() }).readonly(),
  ),
  /** All service names in the catalog, of every kind. */
  serviceNames: section(rows(ServiceName)),
  gateways: section(rows(GatewayInstance)),
  sidecars: section(rows(SidecarInstance)),
  /** Services exported by name, and those that fail over to a peer. */
  exportedHealth: section(rows(ExportedServiceHealth)),
  resolvedExports: section(rows(ResolvedExport)),
  exportedServices: section(entries(configEntries['exported-services'])),
  proxyDefaults: section(entries(configEntries['proxy-defaults'])),
  serviceDefaults: section(entries(configEntries['service-defaults'])),
  serviceResolvers: section(entries(configEntries['service-resolver'])),
  serviceRouters: section(entries(configEntries['service-router'])),
  serviceSplitters: section(entries(configEntries['service-splitter'])),
  intentions: laterSection(entries(configEntries['service-intentions'])),
  /** Names that upstreams call and that routers, splitters or resolvers rewrite. */
  discoveryChains: laterSection(rows(CompiledChain)),
  /** Names that are exported and that routers, splitters or resolvers rewrite. */
  exportedChains: laterSection(rows(CompiledChain)),
  /** Services of peers that upstreams reach. */
  importedServices: laterSection(rows(ImportedService)),
  mesh: section(entries(configEntries.mesh)),
  terminatingGateways: section(entries(configEntries['terminating-gateway'])),
  /** Terminating gateways whose entries link a wildcard; empty where none does. */
  wildcardLinks: laterSection(rows(WildcardLink)),
  httpRoutes: laterSection(entries(configEntries['http-route'])),
  tcpRoutes: laterSection(entries(configEntries['tcp-route'])),
  apiGateways: laterSection(entries(configEntries['api-gateway'])),
  ingressGateways: laterSection(entries(configEntries['ingress-gateway'])),
  /** Instances of API and ingress gateways that have an entry. */
  routingGateways: laterSection(rows(RoutingGateway)),
  samenessGroups: section(entries(configEntries['sameness-group'])),
  /** `/v1/query`, read only if an upstream is a prepared query; visible and empty otherwise. */
  preparedQueries: section(rows(PreparedQuery)),
  /** Addresses that Consul hands out, as the bot reached them. Gathered only if clusters.yml says `probe: true`. */
  probes: laterSection(rows(Probe)),
  /** When each PENDING peering was first found pending, by peering id (ISO 8601). From the bot's store, not Consul. */
  pendingSince: section(z.record(z.string(), z.string()).readonly()),
};

const snapshotWith = <T extends z.ZodType>(otherSide: T) =>
  z
    .object({
      schemaVersion: z.literal(2),
      cluster: z
        .object({
          name: z.string(),
          datacenter: z.string(),
          consulVersion: z.string(),
          enterprise: z.boolean(),
          partition: z.string(),
          namespace: z.string(),
        })
        .readonly(),
      /** The server's clock when the peerings were read (ISO 8601); ages are measured against it. */
      takenAt: z.iso.datetime(),
      durationMs: z.number(),
      sections: z
        .object({
          ...sections,
          /** The configured clusters at the other ends, each with a snapshot. */
          otherSides: section(rows(otherSide)),
        })
        .readonly(),
    })
    .readonly();

/** The snapshot of an other side has no other sides of its own. */
const SnapshotOfOtherSide: z.ZodType<Snapshot> = snapshotWith(z.never());

/** The other end of a peering, if that cluster is configured too. */
const OtherSide = z
  .object({ peer: z.string(), cluster: z.string(), snapshot: section(SnapshotOfOtherSide) })
  .readonly();
export interface OtherSide extends z.infer<typeof OtherSide> {}

/**
 * The data of a cluster that checks read: typed sections, each with its value or the reason why it is not visible.
 * JSON-safe and without secrets, so that checks of a saved snapshot have the results that the cluster itself would.
 */
export const Snapshot = snapshotWith(OtherSide);
export interface Snapshot extends z.infer<typeof Snapshot> {}

type ValueOf<S> = S extends { readonly visibility: 'visible'; readonly value: infer T } ? T : never;

/** The value of each section. */
export type Sections = { [K in keyof Snapshot['sections']]: ValueOf<Snapshot['sections'][K]> };
