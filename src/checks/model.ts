import type {
  ExportedServices,
  HttpRoute,
  IngressGateway,
  Peering,
  Proxy,
  ProxyDefaults,
  ServiceDefaults,
  TcpRoute,
  Upstream,
} from '../consul/wire';
import type { Evidence } from '../report/report';
import type { SourceLocation, Entry, SidecarInstance } from '../snapshot/snapshot';

/** Row types of the views. */

/** A peer that a service is exported to. */
export interface ExportConsumer {
  readonly peer: string;
  /** Location of the consumer in the entry. */
  readonly at: SourceLocation;
  /** The sameness group that it is a member of; empty where the entry names the peer itself. */
  readonly group: string;
}

/** One service of an `exported-services` entry, its consumers resolved to peers. */
export interface Export {
  readonly entry: Entry<ExportedServices>;
  /** Index of the service in the entry's `Services`. */
  readonly index: number;
  readonly at: SourceLocation;
  readonly partition: string;
  /** `*` stands for all services. */
  readonly service: string;
  readonly namespace: string;
  readonly wildcard: boolean;
  readonly consumers: readonly ExportConsumer[];
  /** Sameness groups that are hidden or do not exist, so that their peers are not known. */
  readonly unresolved: readonly string[];
}

/** Yes, no or unknown, with the reason. */
export interface Conclusion {
  readonly is: 'yes' | 'no' | 'unknown';
  /** One clause: `the stream reports 2 exported services`. For `unknown`, what is not visible. */
  readonly why: string;
  readonly evidence: readonly Evidence[];
}

/** One peering of this cluster, and whether the cluster exports to that peer and imports from it. */
export interface Relation {
  readonly name: string;
  readonly state: string;
  readonly side: 'acceptor' | 'dialer';
  readonly peering: Peering;
  readonly at: SourceLocation;
  readonly exports: Conclusion;
  readonly imports: Conclusion;
}

/**
 * A sidecar as it was registered, taken from what the catalog shows. The agent merges central configuration into
 * a sidecar's registration before it writes it to the catalog (measured on 1.20.1: modes, options, even upstreams;
 * Consul dataplane and mesh gateways do not). A mode from proxy-defaults then looks as if the upstream had set it,
 * and registering again what is shown would make it permanent.
 */
export interface RegisteredSidecar extends SidecarInstance {
  /** The proxy as the catalog and the agent show it. */
  readonly shown: Proxy;
}

/** A splitter; those of several namespaces may have one name. */
export interface SplitterName {
  readonly name: string;
  readonly namespace: string;
  readonly partition: string;
}

/** A service that an upstream can reach in the end. */
export interface UpstreamTarget {
  /** The peer, under its name here; empty for this cluster and its other datacenters. */
  readonly peer: string;
  /** Another datacenter (WAN federation); empty for this one and for peers. */
  readonly datacenter: string;
  readonly service: string;
  readonly namespace: string;
  readonly via: 'upstream' | 'redirect' | 'failover' | 'sameness-group' | 'prepared-query';
  /** The config entries on the way, without the upstream itself. */
  readonly trail: readonly Evidence[];
  /** The first splitter on the way, which sends it a share of the calls; absent where none does, and for failover targets. */
  readonly splitter?: SplitterName;
  /** True where a failover target takes the calls that it cannot take. */
  readonly hasStandIn?: boolean;
}

/** An upstream of a registration, with its targets. */
export interface ResolvedUpstream {
  /** Location of the upstream itself. */
  readonly at: SourceLocation;
  /** As it was registered: what central configuration adds is in `shown` alone. */
  readonly sidecar: RegisteredSidecar;
  readonly node: string;
  /** The sidecar's own service name, such as `web-sidecar-proxy`. */
  readonly proxy: string;
  readonly proxyId: string;
  /** Index in `Proxy.Upstreams`. */
  readonly index: number;
  /** As it is shown. */
  readonly upstream: Upstream;
  /** `DestinationName`; empty where an old Consul accepted that. */
  readonly destination: string;
  readonly namespace: string;
  /** Empty where nothing could be resolved. */
  readonly targets: readonly UpstreamTarget[];
  /** Reason why it could not be resolved; empty where it was. */
  readonly unresolved: string;
  /** The service as a route or listener names it, where a gateway calls; absent for upstreams of sidecars. */
  readonly named?: { readonly Name: string; readonly Namespace?: string | undefined };
}

/** A service that a route of an API gateway or a listener of an ingress gateway names, for one gateway. */
export interface GatewayRoute extends ResolvedUpstream {
  readonly gateway: { readonly kind: 'api-gateway' | 'ingress-gateway'; readonly name: string };
  /** The entry that names it. */
  readonly route: HttpRoute | TcpRoute | IngressGateway;
  /** The protocol of the listener: `tcp`, `http`, `http2` or `grpc`. */
  readonly protocol: string;
  /** The reason that Consul gives for not binding the route to any listener of the gateway; absent where it is bound. */
  readonly unbound?: string;
  /** The targets at peers of a service-router that API gateways leave out; absent where there is none. */
  readonly leftOut?: readonly UpstreamTarget[];
  /** The index of the rule of an HTTP route, whose services share its calls; absent elsewhere. */
  readonly rule?: number;
  readonly named: NonNullable<ResolvedUpstream['named']>;
}

/** A route or listener with one of its targets at a peer. */
export type PeerRoute = GatewayRoute & PeerUpstream;

/** An upstream with one of its targets at a peer. */
export interface PeerUpstream extends ResolvedUpstream {
  readonly target: UpstreamTarget;
  readonly peer: string;
  /** The service at the peer, after redirects. */
  readonly service: string;
}

/** An upstream on the other side of a peering, where that cluster is configured too, to a service here. */
export interface RemoteUpstream extends PeerUpstream {
  /** The peering, under its name here. */
  readonly peering: string;
  /** The name of the other side in the clusters file. Its endpoints are read there, not here. */
  readonly cluster: string;
}

/**
 * Layers that can set a mesh gateway mode. The first that does wins; `default` means that none does.
 * Source of the order: `agent/configentry/resolve.go` and `merge_service_config.go` of Consul 1.20.
 */
export type ModeLayer =
  | 'upstream'
  | 'override'
  | 'proxy'
  | 'upstream-defaults'
  | 'service-defaults'
  | 'proxy-defaults'
  | 'default';

/** A mesh gateway mode, and the layer that sets it. */
export interface ModeSetting {
  /** As written, in lower case: `remote`, `local`, `none`; `remote` where no layer sets one. */
  readonly mode: string;
  readonly layer: ModeLayer;
  /** The value that sets it; undefined for `default`. */
  readonly setBy: Evidence | undefined;
  /** The config entry that sets it, for the layers that are config entries. */
  readonly entry: Entry<ServiceDefaults | ProxyDefaults> | undefined;
}

/** The mesh gateway mode of traffic to peers. */
export interface GatewayMode extends ModeSetting {
  /** The upstream that has it; undefined for the implicit upstreams of transparent proxies. */
  readonly upstream: PeerUpstream | undefined;
  /** The sidecar that has it; undefined where central configuration makes all proxies of a service, or all, transparent. */
  readonly sidecar: RegisteredSidecar | undefined;
}
