import type { Views } from './views';

/** What each view is and where it is read, for the page of all checks. */
export const readsText: Readonly<Record<keyof Views, string>> = {
  agent: 'the answering agent: `/v1/agent/self`',
  leader: 'the leader: `/v1/status/leader`',
  servers: 'the servers: `/v1/catalog/service/consul`',
  datacenters: 'the federated datacenters, where an upstream names one: `/v1/catalog/datacenters`',
  acl: 'whether ACLs are on, and the token in use: `/v1/acl/token/self`',
  gatewayTokens:
    'the tokens that the clusters file names for mesh gateways: `/v1/acl/token/:accessor`, or their role or policy',
  tokenCandidates: 'tokens that would do for a mesh gateway: `/v1/acl/tokens`',
  ownRights: "what the bot's own token may do: `/v1/internal/acl/authorize`",
  peerings: 'the peerings: `/v1/peerings`',
  caRoots: "the mesh's certificate authority: `/v1/connect/ca/roots`",
  serviceNames: 'the names of all services: `/v1/catalog/services`',
  gateways: 'the mesh gateways with their checks: `/v1/catalog/services`, `/v1/health/service/:gateway`',
  sidecars:
    'the sidecars that matter to peering: `/v1/catalog/services`, and `/v1/health/service/:name` or `/v1/catalog/node-services/:node`',
  exportedHealth:
    'the services that are exported by name: `/v1/health/service/:name`, `/v1/health/connect/:name`',
  resolvedExports: 'what is exported once wildcards are resolved: `/v1/exported-services`',
  exportedServices: 'the entries that export: `/v1/config/exported-services`',
  proxyDefaults: 'defaults of all proxies: `/v1/config/proxy-defaults`',
  serviceDefaults: 'defaults of services: `/v1/config/service-defaults`',
  serviceResolvers: 'redirects and failover: `/v1/config/service-resolver`',
  serviceRouters: 'routers: `/v1/config/service-router`',
  serviceSplitters: 'splitters: `/v1/config/service-splitter`',
  mesh: 'the settings of the mesh: `/v1/config/mesh`',
  terminatingGateways: 'terminating gateways: `/v1/config/terminating-gateway`',
  samenessGroups: 'sameness groups: `/v1/config/sameness-group`',
  preparedQueries: 'prepared queries, where an upstream is one: `/v1/query`',
  otherSides: 'the same of the clusters at the far ends of peerings, where they are configured too',
  pendingSince: 'when the bot first saw a peering pending',
  cluster: 'name, datacenter and edition of the cluster',
  takenAt: "the servers' clock",
  peerNames: 'the names of all peerings: `/v1/peerings`',
  readiness: 'whether there is any peering: `/v1/peerings`',
  relations:
    'what the cluster exports to and imports from each peer: its stream in `/v1/peerings`, `exported-services` entries, upstreams of its sidecars, and those of the far end where it is configured',
  exports:
    'what is exported to which peers, sameness groups resolved: `/v1/config/exported-services`, `/v1/config/sameness-group`',
  registered: 'the sidecars as they were registered, without what central configuration adds',
  upstreams:
    'the upstreams of sidecars and where they lead: registrations, `service-router`, `service-splitter`, `service-resolver`, `sameness-group`, `/v1/query`',
  peerUpstreams: 'the upstreams that lead to a peer, resolved in the same way',
  farUpstreams: 'upstreams of the far ends to services here, where those clusters are configured too',
  gatewayModes:
    'the effective mesh gateway mode of each way to a peer: its upstream, `UpstreamConfig.Overrides`, its proxy, `UpstreamConfig.Defaults`, `service-defaults`, `proxy-defaults`',
};
