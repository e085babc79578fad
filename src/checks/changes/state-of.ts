import type { ClusterState, StateRow, StateVisibility } from '../../report/cluster-state';
import type { Json } from '../../report/report';
import { criticalCheckNames } from '../../snapshot/health';
import { rowsOf } from '../../snapshot/section';
import type {
  Entry,
  GatewayInstance,
  Section,
  Sections,
  SidecarInstance,
  Snapshot,
} from '../../snapshot/snapshot';
import { orDefault, serviceLabel } from '../names';

/** Reads from a snapshot what two runs compare. Snapshots are redacted where they are made, so that states are too. */

type SectionName = keyof Snapshot['sections'];

/** Rows of a section; the section is added. */
type Rows = readonly Omit<StateRow, 'section'>[];

/** Returns plain data of what is JSON already. */
const json = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;

/** Fields that Consul writes itself. `Status` of a route is what Consul makes of it. */
const written: ReadonlySet<string> = new Set(['Kind', 'CreateIndex', 'ModifyIndex', 'Hash', 'Status']);

interface AnyEntry {
  readonly Kind: string;
  readonly Name?: string | undefined;
  readonly Partition?: string | undefined;
  readonly Namespace?: string | undefined;
}

const entryName = ({ Kind, Name, Partition, Namespace }: AnyEntry): string => {
  const tenancy = [Partition, Namespace].map(orDefault);
  const inside = tenancy.every((one) => one === 'default') ? [] : tenancy;
  return [...inside, Name ?? Kind].join('/');
};

const entryRows = (entries: readonly Entry<AnyEntry>[]): Rows =>
  entries.map(({ entry, withheld }, position) => {
    const value = Object.fromEntries(Object.entries(entry).filter(([key]) => !written.has(key)));
    const index =
      'ModifyIndex' in entry && typeof entry.ModifyIndex === 'number' ? entry.ModifyIndex : undefined;
    return {
      kind: entry.Kind,
      name: entryName(entry),
      position,
      value: json(value),
      ...(index !== undefined && { index }),
      ...(withheld.length > 0 && { withheld }),
    };
  });

/** Sorts and drops repetitions: instances come in any order. */
const setOf = (values: readonly string[]): string[] => [...new Set(values)].sort();

const gatewayRows = (gateways: readonly GatewayInstance[]): Rows =>
  [...Map.groupBy(gateways, ({ Service, Node }) => `${Service.Service} on ${Node.Node}`)].map(
    ([name, rows]) => ({
      kind: 'mesh-gateway',
      name,
      value: {
        instances: rows.length,
        passing: rows.filter(({ Checks }) => criticalCheckNames(Checks).length === 0).length,
        addresses: setOf(
          rows.map(({ Service, Node }) => {
            const { Address, Port = 0 } = Service.TaggedAddresses['wan'] ?? {};
            return Address ? `${Address}:${Port}` : `${Service.Address || Node.Address}:${Service.Port}`;
          }),
        ),
        version: setOf(rows.map(({ Node }) => Node.Meta['consul-version'] ?? '').filter((one) => one !== '')),
      },
    }),
  );

const sidecarRows = (sidecars: readonly SidecarInstance[]): Rows =>
  [...Map.groupBy(sidecars, ({ service, namespace }) => serviceLabel(service, namespace))].map(
    ([name, rows]) => ({
      kind: 'sidecar-proxy',
      name,
      value: {
        instances: rows.length,
        passing: rows.filter(({ failing = [] }) => failing.length === 0).length,
        ...withValue('Mode', setOf(rows.map(({ proxy }) => proxy.Mode))),
        ...withValue('MeshGateway', setOf(rows.map(({ proxy }) => proxy.MeshGateway?.Mode ?? ''))),
        Upstreams: [
          ...new Map(
            rows
              .flatMap(({ proxy }) => proxy.Upstreams)
              .map(
                ({
                  DestinationName,
                  DestinationNamespace,
                  DestinationPeer,
                  Datacenter,
                  DestinationType,
                  MeshGateway,
                }) => ({
                  Name: DestinationName,
                  ...withValue('Namespace', DestinationNamespace),
                  ...withValue('Peer', DestinationPeer),
                  ...withValue('Datacenter', Datacenter),
                  ...withValue('Type', DestinationType),
                  ...withValue('MeshGateway', MeshGateway?.Mode ?? ''),
                }),
              )
              .map((upstream) => [JSON.stringify(upstream), upstream] as const),
          ),
        ]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, upstream]) => json(upstream)),
      },
    }),
  );

/** Leaves out what is not set, so that a later version may add fields. */
const withValue = (name: string, value: string | readonly string[]): Record<string, Json> => {
  const set = typeof value === 'string' ? value : value.filter((one) => one !== '');
  return set.length === 0 ? {} : { [name]: set };
};

const peeringRows = ({ enabled, list }: Sections['peerings']): Rows => [
  { kind: 'peerings', name: 'all', value: { enabled } },
  ...list.map(({ ID, Name, State, PeerID, PeerServerAddresses, StreamStatus, Remote, DeletedAt }) => ({
    kind: 'peering',
    name: Name,
    value: {
      ID,
      State,
      deleted: Boolean(DeletedAt),
      ...withValue('PeerID', PeerID),
      PeerServerAddresses: setOf(PeerServerAddresses),
      ImportedServices: setOf(StreamStatus?.ImportedServices ?? []),
      ExportedServices: setOf(StreamStatus?.ExportedServices ?? []),
      ...withValue('Remote', Remote?.Datacenter ?? ''),
    },
  })),
];

const tokenRows = (tokens: Sections['gatewayTokens']): Rows =>
  tokens.map(({ gateway, by, name, token }) => ({
    kind: 'gateway-token',
    name: `${gateway}: ${by} ${name}`,
    value: token
      ? {
          found: true,
          policies: setOf(token.ExpandedPolicies.map((policy) => policy.Name)),
          roles: setOf(token.ExpandedRoles.map((role) => role.Name)),
          expires: token.ExpirationTime ?? null,
        }
      : { found: false },
  }));

/** Adds a number to names that repeat, so that each row has its own. */
const withoutRepeats = (rows: Rows): Rows => {
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const key = JSON.stringify([row.kind, row.name]);
    const number = (counts.get(key) ?? 0) + 1;
    counts.set(key, number);
    return number === 1 ? row : { ...row, name: `${row.name} (${number})` };
  });
};

type Readers = { readonly [K in SectionName]?: (value: Sections[K]) => Rows };

/**
 * The rows of each section. Sections that follow from others are left out, such as discovery chains; so are those that
 * hold times, or facts about the bot's own reads.
 */
const readers: Readers = {
  servers: (rows) =>
    rows.map(({ node, version, address = '', grpcPort, grpcTlsPort }) => ({
      kind: 'server',
      name: node,
      value: { version, ...withValue('address', address), grpcPort, grpcTlsPort },
    })),
  leader: (value) => [{ kind: 'leader', name: 'leader', value: { address: value } }],
  agent: ({ Config, DebugConfig }) => [
    {
      kind: 'agent',
      name: 'settings',
      value: {
        ...withValue('PrimaryDatacenter', Config.PrimaryDatacenter),
        ...withValue('DefaultIntentionPolicy', DebugConfig?.DefaultIntentionPolicy ?? ''),
        ...withValue('ACLDefaultPolicy', DebugConfig?.ACLResolverSettings?.ACLDefaultPolicy ?? ''),
      },
    },
  ],
  acl: ({ enabled, anonymous, self }) => [
    {
      kind: 'acl',
      name: 'settings',
      value: { enabled, anonymous, policies: setOf(self?.Policies.map(({ Name }) => Name) ?? []) },
    },
  ],
  gatewayTokens: tokenRows,
  ownRights: (rows) =>
    rows.map(({ question: { resource, access, segment = '' }, allowed }) => ({
      kind: 'right',
      name: `${resource}:${access}${segment === '' ? '' : `:${segment}`}`,
      value: { allowed },
    })),
  datacenters: (names) => [{ kind: 'datacenters', name: 'all', value: { names: setOf(names) } }],
  peerings: peeringRows,
  caRoots: ({ enabled, roots }) => [
    {
      kind: 'ca-root',
      name: 'active',
      value: {
        enabled,
        ActiveRootID: roots.ActiveRootID,
        TrustDomain: roots.TrustDomain,
        ...withValue('NotAfter', roots.Roots.find(({ Active }) => Active)?.NotAfter ?? ''),
      },
    },
  ],
  serviceNames: (rows) => [
    {
      kind: 'catalog',
      name: 'services',
      value: { names: setOf(rows.map(({ name, namespace }) => serviceLabel(name, namespace))) },
    },
  ],
  gateways: gatewayRows,
  sidecars: sidecarRows,
  exportedHealth: (rows) =>
    rows.map(({ name, namespace, instances, passing, inMesh, downInMesh }) => ({
      kind: 'service',
      name: serviceLabel(name, namespace),
      // The counts are lower bounds, except that 0 is exact.
      value: {
        registered: instances > 0,
        passing: passing > 0,
        inMesh: inMesh > 0,
        passingInMesh: inMesh > 0 && downInMesh === undefined,
      },
    })),
  importedServices: (rows) =>
    rows.map(({ peer, service, namespace, instances, passing, addresses }) => ({
      kind: 'imported-service',
      name: `${serviceLabel(service, namespace)} at ${peer}`,
      value: { instances, passing, addresses: setOf(addresses) },
    })),
  routingGateways: (rows) =>
    [...Map.groupBy(rows, ({ name }) => name)].map(([name, instances]) => ({
      kind: 'routing-gateway',
      name,
      value: {
        instances: instances.length,
        passing: instances.filter(({ failing }) => failing.length === 0).length,
      },
    })),
  preparedQueries: (rows) =>
    rows.map(({ ID, Name, Service }) => ({ kind: 'prepared-query', name: Name || ID, value: json(Service) })),
  probes: (rows) =>
    rows.map(({ use, address, peer = '', outcome, certificate }) => ({
      kind: 'probe',
      name: `${use} ${address}${peer === '' ? '' : ` of ${peer}`}`,
      value: { outcome, ...withValue('trustDomain', certificate?.trustDomain ?? '') },
    })),
  exportedServices: entryRows,
  proxyDefaults: entryRows,
  serviceDefaults: entryRows,
  serviceResolvers: entryRows,
  serviceRouters: entryRows,
  serviceSplitters: entryRows,
  intentions: entryRows,
  mesh: entryRows,
  terminatingGateways: entryRows,
  httpRoutes: entryRows,
  tcpRoutes: entryRows,
  apiGateways: entryRows,
  ingressGateways: entryRows,
  samenessGroups: entryRows,
};

/** The sections that states hold rows of. */
const comparedSections = Object.keys(readers) as readonly SectionName[];

const readSection = (sections: Snapshot['sections'], name: SectionName): readonly StateRow[] => {
  const section: Section<unknown> = sections[name];
  const read = readers[name] as ((value: unknown) => Rows) | undefined;
  if (read === undefined || section.visibility === 'hidden') return [];
  return withoutRepeats(read(section.value)).map((row) => ({ section: name, ...row }));
};

/** Tells sections that could have been read from those that the version or the configuration of the bot leaves out. */
const isRead = (section: Section<unknown>): boolean =>
  section.visibility !== 'hidden' || !['not-gathered', 'unsupported'].includes(section.reason.kind);

/** Sections that hold only rows of what entries, sidecars or the clusters file name: their coming and going says nothing. */
const selected: ReadonlySet<SectionName> = new Set([
  'exportedHealth',
  'gatewayTokens',
  'importedServices',
  'ownRights',
  'probes',
]);

const visibilityOf = (name: SectionName, { visibility }: Section<unknown>): StateVisibility =>
  visibility === 'visible' && selected.has(name) ? 'selected' : visibility;

const oneState = ({ sections, takenAt }: Snapshot): Omit<ClusterState, 'otherSides'> => ({
  takenAt,
  visibility: Object.fromEntries(
    comparedSections
      .filter((name) => isRead(sections[name]))
      .map((name) => [name, visibilityOf(name, sections[name])]),
  ),
  rows: comparedSections.flatMap((name) => readSection(sections, name)),
  leftOut: 0,
});

/** Returns what another run can be compared with. */
export const stateOf = (snapshot: Snapshot): ClusterState => ({
  ...oneState(snapshot),
  otherSides: rowsOf(snapshot.sections.otherSides).flatMap(({ peer, cluster, snapshot: other }) =>
    other.visibility === 'hidden' ? [] : [{ peer, cluster, state: oneState(other.value) }],
  ),
});
