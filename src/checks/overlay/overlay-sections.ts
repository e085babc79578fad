import type { AgentService, ConfigEntry, ConfigEntryKind, HealthCheck } from '../../consul/wire';
import { findNamesResolvingToPeers } from '../../snapshot/find-names-resolving-to-peers';
import { redactEntry, redactService } from '../../snapshot/redact';
import { isRelevant } from '../../snapshot/relevance-filters';
import { combineSections, mapSection, notGathered, rowsOf } from '../../snapshot/section';
import { toSidecar } from '../../snapshot/sidecars';
import type {
  Entry,
  GatewayInstance,
  RoutingGateway,
  Section,
  Sections,
  SidecarInstance,
  Snapshot,
  WildcardLink,
} from '../../snapshot/snapshot';
import { orDefault } from '../names';
import { type ChainSource, recompileExportedChains } from './overlay-chains';
import type { OverlayChange, OverlayEntry } from './overlay-change';

/** The sections that hold config entries. */
type EntrySection = {
  [N in keyof Sections]: Sections[N] extends readonly Entry<OverlayEntry>[] ? N : never;
}[keyof Sections];

/** The section that holds the entries of each kind. */
const sectionOfKind = {
  'api-gateway': 'apiGateways',
  'exported-services': 'exportedServices',
  'http-route': 'httpRoutes',
  'ingress-gateway': 'ingressGateways',
  mesh: 'mesh',
  'proxy-defaults': 'proxyDefaults',
  'sameness-group': 'samenessGroups',
  'service-defaults': 'serviceDefaults',
  'service-intentions': 'intentions',
  'service-resolver': 'serviceResolvers',
  'service-router': 'serviceRouters',
  'service-splitter': 'serviceSplitters',
  'tcp-route': 'tcpRoutes',
  'terminating-gateway': 'terminatingGateways',
} as const satisfies Readonly<Record<ConfigEntryKind, EntrySection>>;

/** The section of a kind of entries. */
type SectionOfKind<K extends ConfigEntryKind> = Section<Sections[(typeof sectionOfKind)[K]]>;

type EntryChange = OverlayChange & { readonly type: 'write' | 'delete' };
type Registration = OverlayChange & { readonly type: 'register' };

const isEntryChange = (change: OverlayChange): change is EntryChange => change.type !== 'register';
const isRegistration = (change: OverlayChange): change is Registration => change.type === 'register';

/** The registrations of an overlay, without values that may be secret. */
export const registrationsIn = (changes: readonly OverlayChange[]): readonly AgentService[] =>
  changes.filter(isRegistration).map(({ service }) => redactService(service).value);

/** True if the overlay changes entries of one of the kinds. */
export const changesKinds = (changes: readonly OverlayChange[], kinds: readonly ConfigEntryKind[]): boolean =>
  changes.some((change) => isEntryChange(change) && kinds.includes(change.kind));

const nameOfEntry = ({ Kind, Name }: OverlayEntry): string => Name ?? Kind;

/** Compares names without regard to case: Consul keeps one entry of a kind and a name. */
const isSameEntry = (entry: OverlayEntry, change: EntryChange): boolean =>
  nameOfEntry(entry).toLowerCase() === change.name.toLowerCase() &&
  (change.type === 'delete' ||
    (orDefault(entry.Namespace) === orDefault(change.entry.Namespace) &&
      orDefault(entry.Partition) === orDefault(change.entry.Partition)));

/** The entries of `changes` have the type of their kind: they were parsed with its schema. */
const overlayEntries = <K extends ConfigEntryKind>(
  section: SectionOfKind<K>,
  changes: readonly EntryChange[],
): SectionOfKind<K> =>
  changes.reduce<Section<readonly Entry<OverlayEntry>[]>>((current, change) => {
    const rows = mapSection(current, (entries) => entries.filter(({ entry }) => !isSameEntry(entry, change)));
    if (change.type === 'delete') return rows;
    const { value, withheld } = redactEntry(change.entry);
    const { file, line } = change.at;
    return mapSection(rows, (entries) => [
      ...entries,
      { entry: value, at: { endpoint: `${file}:${line}`, path: '' }, withheld },
    ]);
  }, section) as SectionOfKind<K>;

/** The node that a registration is expected at: that of the instance it replaces, else that of the answering agent. */
const nodeOf = (service: AgentService, { sections }: Snapshot): string =>
  rowsOf(sections.sidecars).find(({ id }) => id === service.ID)?.node ??
  rowsOf(sections.gateways).find(({ Service }) => Service.ID === service.ID)?.Node.Node ??
  (sections.agent.visibility === 'hidden' ? 'new' : sections.agent.value.Config.NodeName);

const doubtfulNames = ({ sections }: Snapshot, added: readonly AgentService[]): readonly string[] => {
  const known = new Set(
    [...rowsOf(sections.serviceNames), ...added.map(({ Service }) => ({ name: Service }))].map(
      ({ name }) => name,
    ),
  );
  const { peerings } = sections;
  const imported = (peerings.visibility === 'hidden' ? [] : peerings.value.list)
    .flatMap(({ StreamStatus }) => StreamStatus?.ImportedServices ?? [])
    .filter((name) => !known.has(name));
  const rewritten = findNamesResolvingToPeers({
    resolvers: rowsOf(sections.serviceResolvers).map(({ entry }) => entry),
    routers: rowsOf(sections.serviceRouters).map(({ entry }) => entry),
    splitters: rowsOf(sections.serviceSplitters).map(({ entry }) => entry),
  });
  return [...imported, ...rewritten];
};

/** A registration at an agent, as the catalog shows it. */
const freshInstance = (service: AgentService, node = 'new', datacenter = '') => ({
  at: { endpoint: '', path: '' },
  Node: {
    ID: '',
    Node: node,
    Address: '',
    Datacenter: datacenter,
    TaggedAddresses: {},
    Meta: { 'consul-network-segment': '' },
  },
  Service: service,
  withheld: [],
});

const toInstance = (service: AgentService, snapshot: Snapshot) =>
  freshInstance(service, nodeOf(service, snapshot), snapshot.cluster.datacenter);

const overlaySidecars = (
  section: Section<readonly SidecarInstance[]>,
  services: readonly AgentService[],
  snapshot: Snapshot,
): Section<readonly SidecarInstance[]> => {
  const matters = isRelevant({ thorough: true, names: doubtfulNames(snapshot, services) });
  const added = services
    .filter((service) => service.Kind === 'connect-proxy' && matters(service))
    .flatMap((service) => toSidecar(toInstance(service, snapshot)) ?? []);
  const replaced = new Set(services.map(({ ID }) => ID));
  return mapSection(section, (rows) => [...rows.filter(({ id }) => !replaced.has(id)), ...added]);
};

/**
 * A replaced instance keeps its health, and a new one is assumed to pass. One whose definition has no check has none, as an agent
 * makes it when it reads the definition.
 */
const overlayGateways = (
  section: Section<readonly GatewayInstance[]>,
  services: readonly AgentService[],
  { snapshot, unchecked }: { readonly snapshot: Snapshot; readonly unchecked: ReadonlySet<string> },
): Section<readonly GatewayInstance[]> => {
  const gateways = services.filter(({ Kind }) => Kind === 'mesh-gateway');
  const replaced = new Map(gateways.map((service) => [service.ID, service]));
  return mapSection(section, (rows) => {
    const kept = rows.map((row) => {
      const service = replaced.get(row.Service.ID);
      if (service === undefined) return row;
      const Checks = unchecked.has(service.ID)
        ? row.Checks.filter(({ ServiceID }) => ServiceID === '')
        : row.Checks;
      return { ...row, Service: service, Checks };
    });
    const known = new Set(rows.map(({ Service }) => Service.ID));
    const added = gateways.filter(({ ID }) => !known.has(ID));
    return [
      ...kept,
      ...added.map(
        (service): GatewayInstance => ({
          ...toInstance(service, snapshot),
          Checks: [
            assumedCheck(service, snapshot, { CheckID: 'serfHealth', ServiceID: '', ServiceName: '' }),
            ...(unchecked.has(service.ID) ? [] : [assumedCheck(service, snapshot)]),
          ],
        }),
      ),
    ];
  });
};

/** A check that is assumed to pass: of the instance, or of its node. */
const assumedCheck = (
  service: AgentService,
  snapshot: Snapshot,
  of: Partial<HealthCheck> = {},
): HealthCheck => ({
  Node: nodeOf(service, snapshot),
  CheckID: `service:${service.ID}`,
  Name: 'assumed to pass',
  Status: 'passing',
  ServiceID: service.ID,
  ServiceName: service.Service,
  Type: '',
  ...of,
});

/** Adds the instances of API and ingress gateways whose names have none yet, which are assumed to pass. */
const overlayRoutingGateways = (
  section: Section<readonly RoutingGateway[]>,
  services: readonly AgentService[],
  snapshot: Snapshot,
): Section<readonly RoutingGateway[]> =>
  mapSection(section, (rows) => [
    ...rows,
    ...services
      .filter(({ Kind }) => Kind === 'api-gateway' || Kind === 'ingress-gateway')
      .filter(({ Service }) => !rows.some(({ name }) => name === Service))
      .map((service) => ({
        at: { endpoint: '', path: '' },
        name: service.Service,
        node: nodeOf(service, snapshot),
        failing: [],
      })),
  ]);

/**
 * Drops what is known of gateways whose entries change. Where a wildcard stays, it covers what it did: that follows from the
 * catalog. What a new wildcard covers, only Consul tells once it is written.
 */
const overlayWildcardLinks = (
  section: Section<readonly WildcardLink[]>,
  changes: readonly OverlayChange[],
): Section<readonly WildcardLink[]> => {
  const own = changes
    .filter(isEntryChange)
    .filter(({ kind }) => kind === 'terminating-gateway')
    .map((change) => ({ name: change.name, links: change.type === 'write' && linksWildcard(change.entry) }));
  const isKept = ({ gateway, services }: WildcardLink): boolean =>
    own.every(({ name, links }) => name !== gateway || (links && services.length > 0));
  const kept = mapSection(section, (rows) => rows.filter(isKept));
  const fresh = own.filter(
    ({ name, links }) => links && !rowsOf(kept).some(({ gateway }) => gateway === name),
  );
  return combineSections(rowsOf(kept), [
    kept,
    ...fresh.map(({ name }) =>
      notGathered(`Consul lists the services that a wildcard links to ${name} once the entry is written`),
    ),
  ]);
};

/** The entry has the type of its kind, as those of `overlayEntries`. */
const linksWildcard = (entry: OverlayEntry): boolean =>
  (entry as ConfigEntry<'terminating-gateway'>).Services.some(({ Name }) => Name === '*');

/** Lays the changes over the sections that Consul answers directly: entries, service names and instances. */
export const overlaySections = (
  snapshot: Snapshot,
  changes: readonly OverlayChange[],
): Snapshot['sections'] => {
  let { sections } = snapshot;
  for (const [kind, own] of Map.groupBy(changes.filter(isEntryChange), (change) => change.kind)) {
    const name = sectionOfKind[kind];
    sections = { ...sections, [name]: overlayEntries<typeof kind>(sections[name], own) };
  }
  sections = { ...sections, wildcardLinks: overlayWildcardLinks(sections.wildcardLinks, changes) };
  const services = registrationsIn(changes);
  if (services.length === 0) return sections;
  const withEntries = { ...snapshot, sections };
  const unchecked = new Set(
    changes.filter(isRegistration).flatMap(({ service, isChecked }) => (isChecked ? [] : [service.ID])),
  );
  return {
    ...sections,
    serviceNames: mapSection(sections.serviceNames, (names) => {
      const known = new Set(names.map(({ name }) => name));
      const added = new Set(services.map(({ Service }) => Service).filter((name) => !known.has(name)));
      return [...names, ...[...added].map((name) => ({ name }))];
    }),
    sidecars: overlaySidecars(sections.sidecars, services, withEntries),
    gateways: overlayGateways(sections.gateways, services, { snapshot: withEntries, unchecked }),
    routingGateways: overlayRoutingGateways(sections.routingGateways, services, withEntries),
  };
};

type ReadSections = ChainSource['sections'] & Pick<Snapshot['sections'], 'agent'>;

/** Compiles the chains of exported names before the health of their targets is read. */
const overlayExportedChains = async (
  section: Section<Sections['exportedChains']>,
  changes: readonly OverlayChange[],
  read: { readonly [K in keyof ReadSections]: () => Promise<ReadSections[K]> },
): Promise<Section<Sections['exportedChains']>> => {
  const agent = await read.agent();
  const config = agent.visibility === 'hidden' ? undefined : agent.value.Config;
  const cluster = { datacenter: config?.Datacenter ?? '', partition: config?.Partition ?? 'default' };
  const sections = {
    serviceRouters: await read.serviceRouters(),
    serviceSplitters: await read.serviceSplitters(),
    serviceResolvers: await read.serviceResolvers(),
    samenessGroups: await read.samenessGroups(),
    serviceDefaults: await read.serviceDefaults(),
    proxyDefaults: await read.proxyDefaults(),
    exportedServices: await read.exportedServices(),
  };
  return recompileExportedChains(section, { cluster, sections }, changes, 'with filters');
};

/**
 * Lays the changes over one section while a cluster is read, so that what depends on it is read too. Every sidecar
 * counts as one that matters here; `overlaySections` decides on them.
 */
export const overlaySection = <N extends keyof Sections>(
  name: N,
  section: Section<Sections[N]>,
  changes: readonly OverlayChange[],
  sections: { readonly [K in keyof ReadSections]: () => Promise<ReadSections[K]> },
): Section<Sections[N]> | Promise<Section<Sections[N]>> => {
  if (name === 'exportedChains') {
    return overlayExportedChains(
      section as Section<Sections['exportedChains']>,
      changes,
      sections,
    ) as Promise<Section<Sections[N]>>;
  }
  if (name === 'wildcardLinks') {
    return overlayWildcardLinks(section as Section<readonly WildcardLink[]>, changes) as Section<Sections[N]>;
  }
  if (name === 'sidecars') {
    const added = registrationsIn(changes).flatMap((service) => toSidecar(freshInstance(service)) ?? []);
    return mapSection(section as Section<readonly SidecarInstance[]>, (rows) => [
      ...rows,
      ...added,
    ]) as Section<Sections[N]>;
  }
  const own = changes.filter(isEntryChange).filter(({ kind }) => sectionOfKind[kind] === name);
  if (own.length === 0) return section;
  return overlayEntries(section as SectionOfKind<ConfigEntryKind>, own) as Section<Sections[N]>;
};
