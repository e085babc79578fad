import type { Peering } from '../consul/wire';
import type { Sections, Snapshot } from '../snapshot/snapshot';

/** Inputs that are not computed: the sections of the snapshot, and facts about the run itself. */
export interface Inputs extends Sections {
  /** Name, datacenter, tenancy and edition of the cluster; always visible. */
  cluster: Snapshot['cluster'];
  /** Time of the snapshot by the servers' clock (ISO 8601); ages are measured against it. Always visible. */
  takenAt: string;
  /** The peer that the run is narrowed to; always visible. `peerings` and `otherSides` then hold that peer alone. */
  peer: string | undefined;
  /** Every peering, even when the run is narrowed to one. */
  allPeerings: readonly Peering[];
  /** The name of every peering, even when the run is narrowed to one. */
  peerNames: readonly string[];
}

/** Describes each input with the endpoint that it is read from, for the page of all checks. */
export const inputDescriptions: Readonly<Record<keyof Inputs, string>> = {
  agent: 'the answering agent: `/v1/agent/self`',
  leader: 'the leader: `/v1/status/leader`',
  servers: 'the servers: `/v1/catalog/service/consul`',
  datacenters: 'the federated datacenters, where an upstream names one: `/v1/catalog/datacenters`',
  acl: 'whether ACLs are enabled, and the token in use: `/v1/acl/token/self`',
  gatewayTokens:
    'the tokens that the clusters file names for mesh gateways: `/v1/acl/token/:accessor`, or their role or policy',
  tokenCandidates: 'tokens with the grants that a mesh gateway needs: `/v1/acl/tokens`',
  sidecarTokens: 'the services that a token may write, as the token of their sidecar must: `/v1/acl/tokens`',
  ownRights: "the rights of the bot's own token: `/v1/internal/acl/authorize`",
  peerings: 'the peerings: `/v1/peerings`',
  caRoots: "the mesh's certificate authority: `/v1/connect/ca/roots`",
  serviceNames: 'the names of all services: `/v1/catalog/services`',
  gateways:
    'the mesh gateways with their health checks: `/v1/catalog/services`, `/v1/health/service/:gateway`',
  sidecars:
    'the sidecars that matter to peering: `/v1/catalog/services`, and `/v1/health/service/:name` or `/v1/catalog/node-services/:node`',
  exportedHealth:
    'the services that are exported by name, that fail over to a peer, or that share calls with one: `/v1/health/service/:name`, `/v1/health/connect/:name`',
  resolvedExports: 'the exported services, with wildcards resolved: `/v1/exported-services`',
  exportedServices: 'the `exported-services` entries: `/v1/config/exported-services`',
  proxyDefaults: 'defaults of all proxies: `/v1/config/proxy-defaults`',
  serviceDefaults: 'defaults of services: `/v1/config/service-defaults`',
  serviceResolvers: 'redirects and failover: `/v1/config/service-resolver`',
  serviceRouters: 'routers: `/v1/config/service-router`',
  serviceSplitters: 'splitters: `/v1/config/service-splitter`',
  intentions: 'who may call which service: `/v1/config/service-intentions`',
  discoveryChains:
    'discovery chains of services that config entries change, as Consul compiles them: `/v1/discovery-chain/:service`',
  exportedChains:
    'discovery chains of exported services that config entries change, as Consul compiles them: `/v1/discovery-chain/:service`',
  importedServices:
    'services of peers that upstreams reach, as sidecars here get them: `/v1/health/connect/:name?peer=`',
  mesh: 'the settings of the mesh: `/v1/config/mesh`',
  routingGateways: 'the instances of API and ingress gateways: `/v1/health/service/:gateway`',
  terminatingGateways: 'terminating gateways: `/v1/config/terminating-gateway`',
  wildcardLinks:
    'services that a wildcard links to a terminating gateway: `/v1/catalog/gateway-services/:gateway`',
  httpRoutes: 'HTTP routes of API gateways: `/v1/config/http-route`',
  tcpRoutes: 'TCP routes of API gateways: `/v1/config/tcp-route`',
  apiGateways: 'API gateways: `/v1/config/api-gateway`',
  ingressGateways: 'ingress gateways: `/v1/config/ingress-gateway`',
  samenessGroups: 'sameness groups: `/v1/config/sameness-group`',
  preparedQueries: 'prepared queries, where an upstream is one: `/v1/query`',
  probes:
    'the addresses that Consul hands out, as the bot reached them, where the clusters file says `probe: true`',
  otherSides: 'the clusters on the other side of peerings, where they are configured too',
  pendingSince: 'when the bot first saw a peering pending',
  cluster: 'name, datacenter and edition of the cluster',
  takenAt: "the servers' clock",
  peer: 'the peer that the run is narrowed to',
  allPeerings: 'all peerings: `/v1/peerings`',
  peerNames: 'the names of all peerings: `/v1/peerings`',
};
