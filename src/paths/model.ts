import type { Evidence } from '../report/report';
import type { LimitName } from './zero-limits';

/** A fact about a path, with what it was read from; or the reason why it is not visible. */
export type Fact<T> =
  | { readonly visible: true; readonly value: T; readonly evidence: readonly Evidence[] }
  | { readonly visible: false; readonly why: string };

/** Instances of a proxy or gateway, with the names of the critical checks where none is healthy. */
export interface InstanceCount {
  readonly total: number;
  /** Instances without a critical check, of their own or of their node. */
  readonly healthy: number;
  readonly failing: readonly string[];
  /** Healthy instances in maintenance, which peers still use; absent where there is none. */
  readonly inMaintenance?: number;
}

/** Versions of TLS that a side of a connection takes, in Consul's spelling; empty where it sets no limit. */
export interface TlsRange {
  readonly min: string;
  readonly max: string;
}

/** Everything that decides whether traffic flows on one path. Each hop reads one fact. */
export interface PathFacts {
  /** The proxy that makes the call. `unfitToken`: a clause, where it is a gateway that no token fits. */
  readonly consumer: Fact<InstanceCount & { readonly unfitToken?: string }>;
  /**
   * The service that the called name resolves to. `known`: a peering of that name exists. `unserved`: the route for
   * which Consul gives the calling gateway no configuration; empty where it gets one.
   */
  readonly upstream: Fact<{
    readonly known: boolean;
    readonly near: string | undefined;
    readonly preparedQuery: boolean;
    readonly unserved: string;
    /** The route that Consul does not bind to the calling gateway, with the reason; absent where it is bound. */
    readonly unbound?: string;
    /** A clause: why services of the consumer's cluster fail that share the calls with the peer; absent where none does. */
    readonly deadLegs?: string;
    /** A clause: why it is not visible that such services take their share; absent where it is. */
    readonly hiddenLegs?: string;
    /**
     * The limits of the upstream that are 0, and the protocol of the called name where it is visible; absent where no limit
     * is 0. `by` names the layer that sets them.
     */
    readonly zeroLimits?: {
      readonly names: readonly LimitName[];
      readonly by: string;
      readonly protocol: string | undefined;
    };
    /**
     * Parts of Envoy's configuration that decide about calls and that Consul does not compute; absent where there is none.
     * `forHttp`: those that touch calls of HTTP protocols alone. `protocol`: that of the called name, where it is visible.
     */
    readonly custom?: {
      readonly always: readonly string[];
      readonly forHttp: readonly string[];
      readonly protocol: string | undefined;
    };
    /** Timeouts that calls between clusters exceed, each a clause; absent where there is none. */
    readonly shortTimeouts?: readonly string[];
  }>;
  /** `silentMs`: time since the last message of the peer; undefined if there was none yet. `used`: it was established once. */
  readonly peering: Fact<{
    readonly state: string;
    readonly silentMs: number | undefined;
    readonly used: boolean;
  }>;
  /** `setBy` names the layer that sets the mode, such as `proxy-defaults`. */
  readonly mode: Fact<{ readonly mode: string; readonly setBy: string }>;
  /** Mesh gateways of the consumer's cluster. */
  readonly localGateway: Fact<InstanceCount>;
  /** Mesh gateways of the destination's cluster. */
  readonly remoteGateway: Fact<InstanceCount>;
  /** Addresses that the other side hands out for its gateways, as `host:port`. */
  readonly address: Fact<{
    readonly addresses: readonly string[];
    /** Those with a hostname of gateways that fail their health checks; absent where there is none. */
    readonly failing?: readonly string[];
  }>;
  /** The other side's view of the peering. */
  readonly remotePeering: Fact<{ readonly name: string; readonly state: string; readonly used: boolean }>;
  /**
   * `listed`: the stream of the ACTIVE peering reports the service to the consumer's cluster. `declared`: an
   * exported-services entry of the other side names it and this peer. Undefined where that is not visible.
   */
  readonly exported: Fact<{
    readonly listed: boolean | undefined;
    readonly declared: boolean | undefined;
    /** The exported name that is nearest to a name that is not exported. */
    readonly near: string | undefined;
  }>;
  /** The decision of the intention that wins, in words. */
  readonly intention: Fact<{ readonly decision: 'allow' | 'deny' | 'partly'; readonly why: string }>;
  /**
   * Mesh instances of exactly that name: as the other side registers them, and as it offers them to the consumer.
   * `unfitToken`: a clause, where these are terminating gateways that no token fits.
   */
  readonly destination: Fact<{
    readonly registered: number | undefined;
    readonly offered: number | undefined;
    readonly unfitToken?: string;
    /** Parts of the configuration of its Envoys that decide about calls and that Consul does not compute; absent without any. */
    readonly custom?: readonly string[];
    /** Says that all of them, or some, are connect-native: no Envoy stands before the application. Absent where none is. */
    readonly native?: 'all' | 'some';
    /** Timeouts that calls between clusters exceed, each a clause; absent where there is none. */
    readonly shortTimeouts?: readonly string[];
  }>;
  /** Mesh instances without a critical check, in the same two ways. */
  readonly instances: Fact<{
    readonly registered: InstanceCount | undefined;
    readonly offered: InstanceCount | undefined;
    /** Services that the discovery chain of the destination resolves to; empty if that is itself. */
    readonly targets: readonly string[];
    /** Those of the targets that have no passing instance while others have one. */
    readonly dead?: readonly string[];
    /** True if one of `dead` gets a share of all requests, by a splitter; else it gets those of a route. */
    readonly isShareDead?: boolean;
    /**
     * Instances behind terminating gateways, where none passes its health checks; gateways call them all the same.
     * `isReported`: a check of its own says so.
     */
    readonly terminated?: { readonly total: number; readonly isReported: boolean };
    /** True if the targets are behind terminating gateways that have no listener for the name of the destination. */
    readonly unserved?: boolean;
  }>;
  /** Empty where no protocol is set. */
  readonly protocol: Fact<{ readonly here: string; readonly there: string }>;
  /** `relayed`: calls of the destination's own mesh gateways, where those end the connection; undefined for tcp. */
  readonly tls: Fact<{
    readonly outgoing: TlsRange;
    readonly incoming: TlsRange;
    readonly relayed: TlsRange | undefined;
  }>;
}

export type HopName =
  | 'consumer'
  | 'upstream'
  | 'peering'
  | 'gateway-mode'
  | 'local-gateway'
  | 'remote-gateway'
  | 'gateway-address'
  | 'remote-peering'
  | 'exported'
  | 'intention'
  | 'destination'
  | 'instances'
  | 'protocol'
  | 'tls';

export type HopStatus = 'pass' | 'fail' | 'unknown';

/** The end of a path: the cluster of the consumer, or that of the destination. */
export type PathEnd = 'consumer' | 'destination';

/** The way from a name that a consumer calls to a service of a peer, without its facts. */
export interface PathRoute {
  readonly consumer: {
    readonly cluster: string;
    readonly service: string;
    readonly namespace: string;
    /** The service name of the sidecar or gateway that calls. */
    readonly proxy: string;
  };
  /** The name that the consumer calls; differs from the destination after a redirect. */
  readonly called: string;
  readonly destination: {
    /** The name in the clusters file; empty where the other side is not configured. */
    readonly cluster: string;
    /** The peering, under its name at the consumer. */
    readonly peer: string;
    readonly service: string;
    readonly namespace: string;
  };
  /** The peering, under its name at the destination; empty where it is not known. */
  readonly consumerPeer: string;
  readonly via:
    | 'upstream'
    | 'transparent-proxy'
    | 'redirect'
    | 'failover'
    | 'sameness-group'
    | 'prepared-query';
  /** Used only once everything before it is down. */
  readonly standby: boolean;
}

/** One step of a path, in the order of traffic. */
export interface Hop {
  readonly name: HopName;
  /** The cluster that it is about. */
  readonly end: PathEnd;
  readonly status: HopStatus;
  /** One clause: the state that was read, or the reason why it is not visible. */
  readonly detail: string;
  /** A risk of a hop that passes; empty where there is none. */
  readonly caution: string;
  /** True where the caution is a warning of the check that the hop belongs to. */
  readonly atRisk: boolean;
  /** True where a share of the calls fails, so that the caution is an error; absent elsewhere. */
  readonly losesCalls?: boolean;
  readonly evidence: readonly Evidence[];
  /** The check that fails where this hop does, by the cluster that is checked. */
  readonly check: Readonly<Record<PathEnd, string>>;
}

export interface Path extends PathRoute {
  readonly hops: readonly Hop[];
  /** `fail` where a hop fails, else `unknown` where one is, else `pass`. */
  readonly status: HopStatus;
}
