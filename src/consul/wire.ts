import { z } from 'zod';
import { shapes, withheldValue } from './shapes';

/**
 * Consul's answers, only the fields that are read, spelled as Consul spells them. A schema and its type share a
 * name. Consul writes empty lists and maps as `null` or leaves them out; both become empty here. Consul CE
 * leaves `Partition` and `Namespace` out: absent means `default`.
 */

const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

const lists = new WeakMap<z.ZodType, unknown>();

/** A list that may be `null` or absent. Made once for each schema of items: what parses a schema first prepares for it. */
export const list = <T extends z.ZodType>(item: T): ReturnType<typeof listOf<T>> => {
  const made = lists.get(item) ?? listOf(item);
  lists.set(item, made);
  return made as ReturnType<typeof listOf<T>>;
};

const map = <T extends z.ZodType>(item: T) =>
  z
    .record(z.string(), item)
    .nullish()
    .transform((value) => value ?? {});

/**
 * A value that may be `null` or absent. One step instead of the four of `nullish().transform()`: rows have
 * dozens of these, and large clusters thousands of rows.
 */
const leaf = <T extends string | boolean>(expected: 'string' | 'boolean', empty: T) =>
  z.transform((value: unknown, context): T => {
    if (value === null || value === undefined) return empty;
    if (typeof value === expected) return value as T;
    context.issues.push({ code: 'invalid_type', expected, input: value });
    return z.NEVER;
  });

const text = leaf<string>('string', '');

/** Withholds a text that lacks the shape of its field: it may be a secret. */
const keep = (shape: keyof typeof shapes, value: string): string =>
  value === '' || shapes[shape](value) ? value : withheldValue;

/** A text of a shape that may be `null` or absent. */
const shaped = (shape: keyof typeof shapes) =>
  z.transform((value: unknown, context): string => {
    if (value === null || value === undefined) return '';
    if (typeof value === 'string') return keep(shape, value);
    context.issues.push({ code: 'invalid_type', expected: 'string', input: value });
    return z.NEVER;
  });

/** A text of a shape that an answer must have. */
const required = (shape: keyof typeof shapes) => z.string().transform((value) => keep(shape, value));

const word = shaped('word');
const time = shaped('time');
const description = shaped('description');

/** `host:port` of the leader, empty where there is none. */
export const Leader = required('address');

const flag = leaf<boolean>('boolean', false);

/** The presence of a value that is not kept: true for a text that is not empty. */
const presence = z.transform(
  (value: unknown): boolean => value === true || (typeof value === 'string' && value !== ''),
);

const tenancy = { Partition: z.string().optional(), Namespace: z.string().optional() };

export const AgentSelf = z.object({
  Config: z.object({
    Datacenter: z.string(),
    NodeName: z.string(),
    Server: flag,
    Version: required('version'),
    Partition: z.string().optional(),
    /** The datacenter that holds config entries and ACLs of a WAN federation; this one where there is none. */
    PrimaryDatacenter: text,
  }),
  /** Settings of the agent, which should be the same on all servers and agents of a cluster. */
  DebugConfig: z
    .object({
      /** `allow`, `deny`, or empty: the ACL default policy then decides (1.17). */
      DefaultIntentionPolicy: word,
      ACLResolverSettings: z.object({ ACLDefaultPolicy: word }).nullish(),
      /** Of the certificate of the gRPC server only the presence is used. */
      TLS: z.object({ GRPC: z.object({ CertFile: presence, UseAutoCert: flag }).nullish() }).nullish(),
    })
    .nullish(),
  /** Absent on a client agent without gRPC. `SupportedProxies` maps a proxy's name to the versions offered. */
  xDS: z.object({ SupportedProxies: map(list(required('version'))) }).nullish(),
  Stats: z.object({ license: z.record(z.string(), z.string()).optional() }).optional(),
});
export type AgentSelf = z.infer<typeof AgentSelf>;

const TaggedAddresses = map(z.object({ Address: shaped('address'), Port: z.number().default(0) }));

export const Upstream = z.object({
  DestinationType: word,
  DestinationName: text,
  DestinationNamespace: text,
  DestinationPartition: text,
  DestinationPeer: text,
  Datacenter: text,
  LocalBindAddress: z.string().optional(),
  LocalBindPort: z.number().nullish(),
  LocalBindSocketPath: text,
  LocalBindSocketMode: z.string().optional(),
  Config: map(z.unknown()),
  MeshGateway: z.object({ Mode: word }).nullish(),
  /** Set by Consul for upstreams that it derived itself from central config. */
  CentrallyConfigured: flag,
});
export type Upstream = z.infer<typeof Upstream>;

export const Proxy = z.object({
  DestinationServiceName: text,
  DestinationServiceID: text,
  LocalServiceAddress: z.string().optional(),
  LocalServicePort: z.number().optional(),
  LocalServiceSocketPath: z.string().optional(),
  Mode: word,
  TransparentProxy: z
    .object({ OutboundListenerPort: z.number().optional(), DialedDirectly: z.boolean().optional() })
    .nullish(),
  Config: map(z.unknown()),
  Upstreams: list(Upstream),
  MeshGateway: z.object({ Mode: word }).nullish(),
  /** Of the next three fields only the presence is used: a remediation must not repeat a registration without them. */
  Expose: z.object({ Checks: flag, Paths: list(z.unknown()) }).nullish(),
  AccessLogs: z.object({ Enabled: flag }).nullish(),
  EnvoyExtensions: z.array(z.object({ Name: shaped('extension') })).nullish(),
});
export type Proxy = z.infer<typeof Proxy>;

/** A row of `/v1/catalog/service/:name` and `/v1/catalog/connect/:name`. */
export const CatalogService = z.object({
  Node: z.string(),
  Address: shaped('address'),
  Datacenter: text,
  TaggedAddresses: map(shaped('address')),
  NodeMeta: map(text),
  ServiceKind: word,
  ServiceID: z.string(),
  ServiceName: z.string(),
  ServiceAddress: shaped('address'),
  ServiceTaggedAddresses: TaggedAddresses,
  ServiceMeta: map(text),
  ServicePort: z.number().default(0),
  ServiceProxy: Proxy.nullish(),
  ServiceConnect: z.object({ Native: flag }).nullish(),
  PeerName: text,
  ...tenancy,
});
export type CatalogService = z.infer<typeof CatalogService>;

export const HealthCheck = z.object({
  Node: text,
  CheckID: z.string(),
  Name: text,
  Status: required('word'),
  ServiceID: text,
  ServiceName: text,
  Type: word,
});
export type HealthCheck = z.infer<typeof HealthCheck>;

export const Node = z.object({
  ID: shaped('id'),
  Node: z.string(),
  Address: shaped('address'),
  Datacenter: text,
  Partition: z.string().optional(),
  TaggedAddresses: map(shaped('address')),
  Meta: map(text),
});
export type Node = z.infer<typeof Node>;

export const AgentService = z.object({
  Kind: word,
  ID: z.string(),
  Service: z.string(),
  Tags: z.array(z.string()).nullish(),
  Address: shaped('address'),
  TaggedAddresses,
  Meta: map(text),
  Port: z.number().default(0),
  SocketPath: z.string().optional(),
  EnableTagOverride: z.boolean().optional(),
  Weights: z.object({ Passing: z.number(), Warning: z.number() }).nullish(),
  Proxy: Proxy.nullish(),
  Connect: z.object({ Native: flag }).nullish(),
  PeerName: text,
  ...tenancy,
});
export type AgentService = z.infer<typeof AgentService>;

/** A row of `/v1/health/service/:name`. */
export const ServiceHealth = z.object({ Node, Service: AgentService, Checks: list(HealthCheck) });
export type ServiceHealth = z.infer<typeof ServiceHealth>;

/** A row of `/v1/health/connect/:name`: only the kind, the health and the protocol of the instance are read. */
export const MeshHealth = z.object({
  Node: Node.pick({ Node: true, Meta: true }),
  Service: AgentService.pick({ Kind: true, ID: true, Service: true, Connect: true, Weights: true }).extend({
    Proxy: Proxy.pick({ Config: true }).nullish(),
  }),
  Checks: list(HealthCheck.pick({ CheckID: true, Name: true, Status: true })),
});
export type MeshHealth = z.infer<typeof MeshHealth>;

/** A row of `/v1/health/connect/:name?peer=`: one way to an instance of a peer, through that peer's mesh gateway. */
export const ImportedHealth = z.object({
  Node: Node.pick({ Node: true, Address: true }),
  Service: AgentService.pick({
    Kind: true,
    ID: true,
    Service: true,
    Address: true,
    Port: true,
    TaggedAddresses: true,
  }).extend({
    Connect: z.object({ PeerMeta: z.object({ SNI: list(z.string()), Protocol: word }).nullish() }).nullish(),
  }),
  Checks: list(HealthCheck.pick({ CheckID: true, Name: true, Status: true })),
});
export type ImportedHealth = z.infer<typeof ImportedHealth>;

export const Peering = z.object({
  ID: shaped('id'),
  Name: z.string(),
  Partition: z.string().optional(),
  /** PENDING, ESTABLISHING, ACTIVE, FAILING, DELETING, TERMINATED or UNDEFINED. */
  State: required('word'),
  /** When its deletion was requested (ISO 8601). */
  DeletedAt: time.nullish(),
  Meta: map(text),
  /** The peering's id on the other side; set on the dialer. */
  PeerID: shaped('id'),
  PeerCAPems: list(required('certificate')),
  PeerServerName: shaped('address'),
  /** Only a dialer has these. */
  PeerServerAddresses: list(z.string()),
  StreamStatus: z
    .object({
      ImportedServices: list(z.string()),
      ExportedServices: list(z.string()),
      LastHeartbeat: time.nullish(),
      LastReceive: time.nullish(),
      LastSend: time.nullish(),
    })
    .nullish(),
  Remote: z.object({ Partition: text, Datacenter: text }).nullish(),
});
export type Peering = z.infer<typeof Peering>;

/** A peering with its index, which changes when a token is generated for it. Not for snapshots: it says nothing there. */
export const PeeringState = Peering.extend({ ModifyIndex: z.number() });
export type PeeringState = z.infer<typeof PeeringState>;

export const CaRoots = z.object({
  ActiveRootID: shaped('id'),
  TrustDomain: shaped('address'),
  Roots: list(
    z.object({ ID: required('id'), Name: description, NotBefore: time, NotAfter: time, Active: flag }),
  ),
});
export type CaRoots = z.infer<typeof CaRoots>;

/** `/v1/catalog/node-services/:node`. A node that is unknown or hidden gives `Node: null`. */
export const NodeServices = z.object({ Node: Node.nullish(), Services: list(AgentService) });
export type NodeServices = z.infer<typeof NodeServices>;

const isTagsByName = (value: unknown): value is Readonly<Record<string, readonly string[] | null>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The names in `/v1/catalog/services`, which maps each to its tags. It has as many keys as there are services, so it
 * is read once and in place (`Object.values` alone takes longer than all of this, and as long as parsing);
 * that also keeps a service named `__proto__` an ordinary one.
 */
export const ServiceNames = z.transform((value: unknown, context): readonly string[] => {
  if (isTagsByName(value)) {
    const names = Object.keys(value);
    if (names.every((name) => value[name] === null || Array.isArray(value[name]))) return names;
  }
  const message = 'expected a map of service names to lists of tags';
  context.issues.push({ code: 'custom', message, input: undefined });
  return z.NEVER;
});
export type ServiceNames = z.infer<typeof ServiceNames>;

/** A row of `/v1/namespaces` and `/v1/partitions` (Enterprise). */
export const Tenant = z.object({ Name: z.string(), Partition: z.string().optional(), DeletedAt: text });
export type Tenant = z.infer<typeof Tenant>;

/** One row of `/v1/exported-services`: wildcards are expanded. Partition consumers are Enterprise. */
export const ResolvedExport = z.object({
  Service: z.string(),
  Consumers: z.object({ Peers: list(z.string()), Partitions: list(z.string()) }),
  ...tenancy,
});
export type ResolvedExport = z.infer<typeof ResolvedExport>;

/** One row of `/v1/catalog/gateway-services/:gateway`: wildcards are expanded. */
export const GatewayService = z.object({
  Service: z.object({ Name: z.string(), ...tenancy }),
  FromWildcard: flag,
  /** `destination` where service-defaults alone stand for the service; empty in most rows. */
  ServiceKind: word,
});

/* Config entries. `looseObject` keeps what is not read, so that a remediation can keep it too. */

const meshGateway = z.looseObject({ Mode: word }).nullish();

export const ExportedServices = z.looseObject({
  Kind: z.literal('exported-services'),
  Name: z.string(),
  ...tenancy,
  Services: list(
    z.looseObject({
      Name: z.string(),
      Namespace: z.string().optional(),
      Consumers: list(
        z.looseObject({
          Peer: z.string().optional(),
          Partition: z.string().optional(),
          SamenessGroup: z.string().optional(),
        }),
      ),
    }),
  ),
});
export type ExportedServices = z.infer<typeof ExportedServices>;

export const ProxyDefaults = z.looseObject({
  Kind: z.literal('proxy-defaults'),
  Name: z.string(),
  ...tenancy,
  Mode: text,
  MeshGateway: meshGateway,
  Config: map(z.unknown()),
});
export type ProxyDefaults = z.infer<typeof ProxyDefaults>;

const upstreamConfig = z.looseObject({
  Name: text,
  Namespace: z.string().optional(),
  Partition: z.string().optional(),
  Peer: z.string().optional(),
  MeshGateway: meshGateway,
});

export const ServiceDefaults = z.looseObject({
  Kind: z.literal('service-defaults'),
  Name: z.string(),
  ...tenancy,
  Protocol: text,
  Mode: text,
  MeshGateway: meshGateway,
  UpstreamConfig: z
    .looseObject({ Defaults: upstreamConfig.nullish(), Overrides: list(upstreamConfig) })
    .nullish(),
  Destination: z.looseObject({}).nullish(),
});
export type ServiceDefaults = z.infer<typeof ServiceDefaults>;

const target = {
  Service: text,
  ServiceSubset: text,
  Namespace: z.string().optional(),
  Partition: z.string().optional(),
  Peer: text,
  Datacenter: text,
  SamenessGroup: text,
};

export const ServiceResolver = z.looseObject({
  Kind: z.literal('service-resolver'),
  Name: z.string(),
  ...tenancy,
  /** The subset that is used where none is named. */
  DefaultSubset: z.string().optional(),
  Redirect: z.looseObject(target).nullish(),
  /** By subset, or `*` for those that have no section of their own. */
  Failover: map(
    z.looseObject({
      Service: text,
      ServiceSubset: z.string().optional(),
      Namespace: z.string().optional(),
      Datacenters: list(z.string()),
      SamenessGroup: text,
      Targets: list(z.looseObject(target)),
    }),
  ),
});
export type ServiceResolver = z.infer<typeof ServiceResolver>;

/** The destination of a route or a split. An empty service is the entry's own. */
const leg = {
  Service: text,
  ServiceSubset: z.string().optional(),
  Namespace: z.string().optional(),
};

export const ServiceRouter = z.looseObject({
  Kind: z.literal('service-router'),
  Name: z.string(),
  ...tenancy,
  Routes: list(
    z.looseObject({
      Match: z
        .looseObject({ HTTP: z.looseObject({ PathPrefix: z.string().optional() }).nullish() })
        .nullish(),
      Destination: z.looseObject(leg).nullish(),
    }),
  ),
});
export type ServiceRouter = z.infer<typeof ServiceRouter>;

export const ServiceSplitter = z.looseObject({
  Kind: z.literal('service-splitter'),
  Name: z.string(),
  ...tenancy,
  Splits: list(z.looseObject({ ...leg, Weight: z.unknown().optional() })),
});
export type ServiceSplitter = z.infer<typeof ServiceSplitter>;

export const Mesh = z.looseObject({
  Kind: z.literal('mesh'),
  Partition: z.string().optional(),
  Peering: z.looseObject({ PeerThroughMeshGateways: flag }).nullish(),
  HTTP: z.looseObject({ SanitizeXForwardedClientCert: flag }).nullish(),
});
export type Mesh = z.infer<typeof Mesh>;

const TerminatingGateway = z.looseObject({
  Kind: z.literal('terminating-gateway'),
  Name: z.string(),
  ...tenancy,
  Services: list(z.looseObject({ Name: z.string(), Namespace: z.string().optional() })),
});

export const SamenessGroup = z.looseObject({
  Kind: z.literal('sameness-group'),
  Name: z.string(),
  Partition: z.string().optional(),
  Members: list(z.looseObject({ Partition: text, Peer: text })),
});
export type SamenessGroup = z.infer<typeof SamenessGroup>;

const httpMatch = z.looseObject({
  PathExact: text,
  PathPrefix: text,
  PathRegex: text,
  Methods: list(z.string()),
  Header: list(z.looseObject({ Name: text })),
});

/** Who may call a service. `Name` is the destination; a source without `Peer` is a service of the same cluster. */
export const ServiceIntentions = z.looseObject({
  Kind: z.literal('service-intentions'),
  Name: z.string(),
  ...tenancy,
  /** Tokens that every request must carry (1.16). */
  JWT: z.looseObject({ Providers: list(z.looseObject({ Name: text })) }).nullish(),
  Sources: list(
    z.looseObject({
      Name: z.string(),
      Namespace: z.string().optional(),
      Partition: z.string().optional(),
      Peer: z.string().optional(),
      SamenessGroup: z.string().optional(),
      /** `allow` or `deny`; empty where there are permissions. */
      Action: text,
      Permissions: list(
        z.looseObject({
          Action: text,
          HTTP: httpMatch.nullish(),
          JWT: z.looseObject({ Providers: list(z.looseObject({ Name: text })) }).nullish(),
        }),
      ),
    }),
  ),
});
export type ServiceIntentions = z.infer<typeof ServiceIntentions>;

const resourceReference = z.looseObject({ Kind: text, Name: text, SectionName: text, ...tenancy });

const routedService = z.looseObject({ Name: z.string(), ...tenancy });

/** The state of a route: `Bound` for each listener, and `Accepted`. */
const routeStatus = z.looseObject({
  Conditions: list(
    z.looseObject({ Type: text, Status: text, Reason: text, Resource: resourceReference.nullish() }),
  ),
});

/** A route of API gateways (1.15). `Parents` are the gateways and listeners that it asks to be bound to. */
export const HttpRoute = z.looseObject({
  Kind: z.literal('http-route'),
  Name: z.string(),
  ...tenancy,
  Parents: list(resourceReference),
  Rules: list(z.looseObject({ Services: list(routedService) })),
  Status: routeStatus.nullish(),
});
export type HttpRoute = z.infer<typeof HttpRoute>;

export const TcpRoute = z.looseObject({
  Kind: z.literal('tcp-route'),
  Name: z.string(),
  ...tenancy,
  Parents: list(resourceReference),
  Services: list(routedService),
  Status: routeStatus.nullish(),
});
export type TcpRoute = z.infer<typeof TcpRoute>;

export const ApiGateway = z.looseObject({
  Kind: z.literal('api-gateway'),
  Name: z.string(),
  ...tenancy,
  Listeners: list(z.looseObject({ Name: text, Protocol: text })),
});
export type ApiGateway = z.infer<typeof ApiGateway>;

export const IngressGateway = z.looseObject({
  Kind: z.literal('ingress-gateway'),
  Name: z.string(),
  ...tenancy,
  /** A service may be `*`: all services of the cluster. */
  Listeners: list(z.looseObject({ Protocol: text, Services: list(routedService) })),
});
export type IngressGateway = z.infer<typeof IngressGateway>;

/** The kinds of config entries that are read. `/v1/config/:kind` gives a list of one. */
export const configEntries = {
  'api-gateway': ApiGateway,
  'exported-services': ExportedServices,
  'http-route': HttpRoute,
  'ingress-gateway': IngressGateway,
  mesh: Mesh,
  'proxy-defaults': ProxyDefaults,
  'sameness-group': SamenessGroup,
  'service-defaults': ServiceDefaults,
  'service-intentions': ServiceIntentions,
  'service-resolver': ServiceResolver,
  'service-router': ServiceRouter,
  'service-splitter': ServiceSplitter,
  'tcp-route': TcpRoute,
  'terminating-gateway': TerminatingGateway,
};
export type ConfigEntryKind = keyof typeof configEntries;
export type ConfigEntry<K extends ConfigEntryKind> = z.infer<(typeof configEntries)[K]>;

/** A row of `/v1/query`: only its targets are read. Its token is in no schema, so it is dropped here. */
export const PreparedQuery = z.object({
  ID: shaped('id'),
  Name: text,
  Template: z.object({ Type: word }).nullish(),
  Service: z.object({
    Service: text,
    Namespace: z.string().optional(),
    Peer: text,
    SamenessGroup: text,
    Failover: z
      .object({
        Datacenters: list(z.string()),
        Targets: list(z.object({ Peer: text, Datacenter: text, Namespace: z.string().optional() })),
      })
      .nullish(),
  }),
});
export type PreparedQuery = z.infer<typeof PreparedQuery>;

const chainTarget = z.object({
  ID: text,
  Service: text,
  ServiceSubset: text,
  Subset: z.object({ Filter: text, OnlyPassing: flag }).nullish(),
  Namespace: z.string().optional(),
  Partition: z.string().optional(),
  Datacenter: text,
  Peer: text,
  MeshGateway: z.object({ Mode: word }).nullish(),
});

/**
 * The requests that a route of a compiled chain takes: no more is kept than tells whether it takes all, since paths hold
 * what people write.
 */
const routeMatch = z.object({
  PathExact: presence,
  PathPrefix: shaped('root'),
  PathRegex: presence,
  Header: list(z.object({})),
  QueryParam: list(z.object({})),
  Methods: list(presence),
});

/**
 * `POST /v1/discovery-chain/:service`: a service name as Consul compiles it, with what a sidecar overrides. Routers,
 * splitters and resolvers are nodes; the services that they resolve to are targets.
 */
export const DiscoveryChain = z.object({
  Chain: z.object({
    ServiceName: text,
    Namespace: z.string().optional(),
    Partition: z.string().optional(),
    Datacenter: text,
    Protocol: word,
    /** True where no router, splitter or resolver applies. */
    Default: flag,
    StartNode: text,
    Nodes: map(
      z.object({
        Type: word,
        Name: text,
        Routes: list(
          z.object({
            NextNode: text,
            Definition: z.object({ Match: z.object({ HTTP: routeMatch.nullish() }).nullish() }).nullish(),
          }),
        ),
        Splits: list(z.object({ NextNode: text, Weight: z.number().nullish() })),
        Resolver: z
          .object({ Target: text, Failover: z.object({ Targets: list(z.string()) }).nullish() })
          .nullish(),
      }),
    ),
    Targets: map(chainTarget),
  }),
});
export type DiscoveryChain = z.infer<typeof DiscoveryChain>;

/* ACLs. `SecretID` is in no schema, so it is dropped where the answer is parsed. */

const link = z.object({ ID: shaped('id'), Name: text });

const identities = {
  ServiceIdentities: list(z.object({ ServiceName: z.string(), Datacenters: list(z.string()) })),
  NodeIdentities: list(z.object({ NodeName: z.string(), Datacenter: text })),
  TemplatedPolicies: list(
    z.object({
      TemplateName: z.string(),
      /** The server spells it `name`, its Go client `Name`. */
      TemplateVariables: z
        .object({ name: text, Name: text })
        .transform(({ name, Name }) => ({ Name: name === '' ? Name : name }))
        .nullish(),
      Datacenters: list(z.string()),
    }),
  ),
};

export const AclToken = z.object({
  AccessorID: required('id'),
  Description: description,
  Policies: list(link),
  Roles: list(link),
  ...identities,
  Local: flag,
  AuthMethod: text,
  ExpirationTime: time.nullish(),
  ...tenancy,
});
export type AclToken = z.infer<typeof AclToken>;

export const AclRole = z.object({
  ID: required('id'),
  Name: z.string(),
  Description: description,
  Policies: list(link),
  ...identities,
  ...tenancy,
});
export type AclRole = z.infer<typeof AclRole>;

export const AclPolicy = z.object({
  ID: shaped('id'),
  Name: z.string(),
  Description: description,
  /** HCL 1 or JSON. Lists of policies leave it out. */
  Rules: text,
  Datacenters: list(z.string()),
  ...tenancy,
});
export type AclPolicy = z.infer<typeof AclPolicy>;

/** A row of `/v1/internal/acl/authorize`: one right of the token that sends the request. */
export const Authorization = z.object({
  Resource: z.string(),
  Access: z.string(),
  Segment: text,
  Allow: z.boolean(),
});
export type Authorization = z.infer<typeof Authorization>;

/** The only answer that holds a secret. It goes only to the requester. */
export const GeneratedToken = z.object({ PeeringToken: z.string().min(1) });
export type GeneratedToken = z.infer<typeof GeneratedToken>;

/** `GET /v1/acl/token/…?expanded=true`. Policies include the synthetic ones of identities and templates. */
export const ExpandedToken = AclToken.extend({
  ExpandedPolicies: list(AclPolicy),
  ExpandedRoles: list(AclRole),
  NamespaceDefaultPolicyIDs: list(required('id')),
  AgentACLDefaultPolicy: word,
  AgentACLDownPolicy: word,
  ResolvedByAgent: text,
});
export type ExpandedToken = z.infer<typeof ExpandedToken>;
