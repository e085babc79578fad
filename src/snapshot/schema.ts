import { z } from 'zod';
import { type Resource, resources } from '../acl/evaluate';
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
import type { Sections } from './snapshot';

const at = z.object({ endpoint: z.string(), path: z.string() });
const paths = z.array(z.string());

const reason = z.object({
  kind: z.enum([
    'forbidden',
    'filtered',
    'unreachable',
    'timeout',
    'not-found',
    'rate-limited',
    'too-large',
    'malformed',
    'server',
    'anonymous',
    'unsupported',
    'not-gathered',
  ]),
  cause: z.string().optional(),
  endpoint: z.string(),
  message: z.string(),
  needs: paths.optional(),
});

const section = <T extends z.ZodType>(value: T) =>
  z.discriminatedUnion('visibility', [
    z.object({ visibility: z.literal('visible'), value }),
    z.object({ visibility: z.literal('partial'), value, reason }),
    z.object({ visibility: z.literal('hidden'), reason }),
  ]);

const entries = <K extends keyof typeof configEntries>(kind: K) =>
  z.array(z.object({ entry: configEntries[kind], at, withheld: paths }));

const server = z.object({
  at,
  node: z.string(),
  version: z.string(),
  grpcPort: z.string(),
  grpcTlsPort: z.string(),
});

const acl = z.object({
  enabled: z.boolean(),
  self: AclToken.optional(),
  own: ExpandedToken.optional(),
  ownUnseen: reason.optional(),
  anonymous: z.boolean(),
});

const sidecar = z.object({
  at,
  node: z.string(),
  id: z.string(),
  service: z.string(),
  partition: z.string().optional(),
  namespace: z.string().optional(),
  proxy: Proxy,
  registration: AgentService.pick({
    Tags: true,
    Address: true,
    TaggedAddresses: true,
    Meta: true,
    Port: true,
    SocketPath: true,
    EnableTagOverride: true,
    Weights: true,
  }).optional(),
  withheld: paths.optional(),
  managedBy: z.enum(['agent', 'dataplane', 'catalog']).optional(),
  failing: paths.optional(),
});

const maintenance = z.array(z.object({ node: z.string(), service: z.string().optional() }));

const serviceSeen = z.object({
  endpoint: z.string(),
  healthEndpoint: z.string().optional(),
  registeredAs: z.string().optional(),
  name: z.string(),
  namespace: z.string().optional(),
  instances: z.number(),
  passing: z.number(),
  native: z.number(),
  inMesh: z.number(),
  downInMesh: z
    .object({
      kind: z.string(),
      service: z.string(),
      id: z.string(),
      node: z.string(),
      synthetic: z.boolean(),
      failing: z.array(z.string()),
      maintenance: maintenance.optional(),
    })
    .optional(),
  maintenance: maintenance.optional(),
  sample: z.object({ node: z.string(), id: z.string(), port: z.number() }).optional(),
});

const compiledChain = z.object({
  endpoint: z.string(),
  service: z.string(),
  protocol: z.string(),
  datacenter: z.string().optional(),
  chain: DiscoveryChain.shape.Chain,
});

const importedService = z.object({
  endpoint: z.string(),
  peer: z.string(),
  service: z.string(),
  namespace: z.string().optional(),
  instances: z.number(),
  passing: z.number(),
  failing: z.array(z.string()),
  addresses: z.array(z.string()),
});

const gatewayToken = z.object({
  gateway: z.string(),
  by: z.enum(['accessor', 'role', 'policy']),
  name: z.string(),
  endpoint: z.string(),
  token: ExpandedToken.optional(),
});

const candidate = z.object({
  accessor: z.string(),
  description: z.string(),
  roles: z.array(z.string()),
  authMethod: z.string(),
  rules: z.number(),
  names: z.boolean(),
});

const tokenCandidates = z.object({
  endpoint: z.string(),
  gateways: z.array(
    z.object({
      gateway: z.string(),
      candidates: z.array(candidate),
      searched: z.number(),
      management: z.number(),
      unreadable: z.number(),
      granting: z.record(z.string(), z.number()),
      found: z.number(),
    }),
  ),
});

const question = z.object({
  resource: z.enum(resources as readonly [Resource, ...Resource[]]),
  access: z.enum(['read', 'list', 'write']),
  segment: z.string().optional(),
  all: z.boolean().optional(),
});

const sections = {
  agent: AgentSelf,
  leader: z.string(),
  servers: z.array(server),
  datacenters: z.array(z.string()),
  acl,
  gatewayTokens: z.array(gatewayToken),
  tokenCandidates,
  ownRights: z.array(z.object({ question, allowed: z.boolean() })),
  peerings: z.object({ enabled: z.boolean(), list: z.array(Peering), refusal: z.string().optional() }),
  caRoots: z.object({ enabled: z.boolean(), roots: CaRoots, refusal: z.string().optional() }),
  serviceNames: z.array(z.object({ name: z.string(), namespace: z.string().optional() })),
  gateways: z.array(ServiceHealth.extend({ at, withheld: paths.optional() })),
  sidecars: z.array(sidecar),
  exportedHealth: z.array(serviceSeen),
  resolvedExports: z.array(ResolvedExport),
  exportedServices: entries('exported-services'),
  proxyDefaults: entries('proxy-defaults'),
  serviceDefaults: entries('service-defaults'),
  serviceResolvers: entries('service-resolver'),
  serviceRouters: entries('service-router'),
  serviceSplitters: entries('service-splitter'),
  intentions: entries('service-intentions'),
  discoveryChains: z.array(compiledChain),
  exportedChains: z.array(compiledChain),
  importedServices: z.array(importedService),
  mesh: entries('mesh'),
  terminatingGateways: entries('terminating-gateway'),
  httpRoutes: entries('http-route'),
  tcpRoutes: entries('tcp-route'),
  apiGateways: entries('api-gateway'),
  ingressGateways: entries('ingress-gateway'),
  routingGateways: z.array(z.object({ at, name: z.string(), node: z.string(), failing: paths })),
  samenessGroups: entries('sameness-group'),
  preparedQueries: z.array(PreparedQuery),
  pendingSince: z.record(z.string(), z.string()),
} satisfies { readonly [K in Exclude<keyof Sections, 'otherSides'>]: z.ZodType };

/** Sections that snapshots of earlier versions do not have. */
const laterSections: ReadonlySet<string> = new Set<keyof Sections>([
  'datacenters',
  'intentions',
  'discoveryChains',
  'importedServices',
  'exportedChains',
  'httpRoutes',
  'tcpRoutes',
  'apiGateways',
  'ingressGateways',
  'routingGateways',
]);

const notInFile = {
  visibility: 'hidden',
  reason: { kind: 'not-gathered', endpoint: '', message: 'An earlier version took this snapshot' },
} as const;

const allSections = Object.fromEntries(
  Object.entries(sections).map(([name, value]) => [
    name,
    laterSections.has(name) ? section(value).default(notInFile) : section(value),
  ]),
);

const snapshotWith = (otherSide: z.ZodType) =>
  z.object({
    schemaVersion: z.literal(2),
    cluster: z.object({
      name: z.string(),
      datacenter: z.string(),
      consulVersion: z.string(),
      enterprise: z.boolean(),
      partition: z.string(),
      namespace: z.string(),
    }),
    takenAt: z.iso.datetime(),
    durationMs: z.number(),
    sections: z.object({ ...allSections, otherSides: section(z.array(otherSide)) }),
  });

/** Schema of a snapshot file. An other side has no other sides of its own. */
export const SnapshotSchema = snapshotWith(
  z.object({ peer: z.string(), cluster: z.string(), snapshot: section(snapshotWith(z.never())) }),
);
