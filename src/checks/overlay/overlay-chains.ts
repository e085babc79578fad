import { z } from 'zod';
import { l7Protocols } from '../../consul/l7-protocols';
import type { DiscoveryChain, ServiceDefaults } from '../../consul/wire';
import { mapSection, rowsOf } from '../../snapshot/section';
import type { CompiledChain, Section, Snapshot } from '../../snapshot/snapshot';
import type { SplitterName, UpstreamTarget } from '../model';
import { orDefault, serviceKey } from '../names';
import { entriesByService, resolveChainWithSubsets } from '../traffic/discovery-chain';
import type { OverlayChange } from './overlay-change';
import type { ChainEntries } from '../traffic/entries-in-chain';
import { omitUndefined } from '../../omit-undefined';

type Chain = DiscoveryChain['Chain'];

/** The parts of a snapshot that chains are compiled from. */
export interface ChainSource {
  readonly cluster: Pick<Snapshot['cluster'], 'datacenter' | 'partition'>;
  readonly sections: Pick<
    Snapshot['sections'],
    | 'serviceRouters'
    | 'serviceSplitters'
    | 'serviceResolvers'
    | 'samenessGroups'
    | 'serviceDefaults'
    | 'proxyDefaults'
    | 'exportedServices'
  >;
}

const chainKinds = [
  'service-resolver',
  'service-router',
  'service-splitter',
  'service-defaults',
  'proxy-defaults',
  'sameness-group',
] as const;

/** Names of services, in lower case, whose discovery chain may change. */
export const changedNames = (
  changes: readonly OverlayChange[],
  { sections }: ChainSource,
): ReadonlySet<string> => {
  const named = changes.flatMap((change) =>
    change.type !== 'register' && (chainKinds as readonly string[]).includes(change.kind) ? [change] : [],
  );
  const all = named.some(({ kind }) => kind === 'proxy-defaults' || kind === 'sameness-group');
  const { serviceResolvers, serviceRouters, serviceSplitters } = sections;
  const touched = [serviceResolvers, serviceRouters, serviceSplitters].flatMap((section) =>
    rowsOf<{ readonly entry: { readonly Name: string } }>(section).map(({ entry }) => entry.Name),
  );
  return new Set(
    [...named.map(({ name }) => name), ...(all ? touched : [])].map((name) => name.toLowerCase()),
  );
};

const DeclaredSubsets = z.object({
  Subsets: z.record(
    z.string(),
    z.object({ Filter: z.string().default(''), OnlyPassing: z.boolean().default(false) }),
  ),
});

type Subset = Chain['Targets'][string]['Subset'];

/** Returns the subset that a changed resolver declares, or that a chain of Consul's has. */
const subsetsIn = (
  changes: readonly OverlayChange[],
  compiled: Section<readonly CompiledChain[]>,
): ((service: string, name: string) => Subset) => {
  const known = new Map<string, Subset>();
  for (const { chain } of rowsOf(compiled)) {
    for (const { Service, ServiceSubset, Subset } of Object.values(chain.Targets))
      known.set(JSON.stringify([Service, ServiceSubset]), Subset);
  }
  for (const change of changes) {
    if (change.type !== 'write' || change.kind !== 'service-resolver') continue;
    const { data } = DeclaredSubsets.safeParse(change.entry);
    for (const [name, subset] of Object.entries(data?.Subsets ?? {}))
      known.set(JSON.stringify([change.name, name]), subset);
  }
  return (service, name) => known.get(JSON.stringify([service, name]));
};

const chainEntries = ({ cluster, sections }: ChainSource): ChainEntries => ({
  datacenter: cluster.datacenter,
  partition: cluster.partition,
  routers: entriesByService(rowsOf(sections.serviceRouters), cluster.partition),
  splitters: entriesByService(rowsOf(sections.serviceSplitters), cluster.partition),
  resolvers: entriesByService(rowsOf(sections.serviceResolvers), cluster.partition),
  groups: rowsOf(sections.samenessGroups),
});

/** True if a chain has one of these services as a node. */
const isTouched = ({ chain, service }: CompiledChain, changed: ReadonlySet<string>): boolean =>
  changed.has(service.toLowerCase()) ||
  Object.keys(chain.Nodes).some((node) => {
    const [name = ''] = node.slice(node.indexOf(':') + 1).split('.');
    return changed.has(name.toLowerCase());
  });

/** The protocol of the chain of a name, as the caller or the central configuration has it. */
export const protocolOf = (
  service: string,
  given: string,
  {
    sections,
    cluster,
  }: Pick<ChainSource, 'cluster'> & {
    readonly sections: Pick<ChainSource['sections'], 'serviceDefaults' | 'proxyDefaults'>;
  },
): string => {
  if (given !== '') return given;
  const own = rowsOf(sections.serviceDefaults).find(
    ({ entry }: { readonly entry: ServiceDefaults }) =>
      entry.Name.toLowerCase() === service.toLowerCase() && orDefault(entry.Partition) === cluster.partition,
  );
  const shared = rowsOf(sections.proxyDefaults)[0]?.entry.Config['protocol'];
  return own?.entry.Protocol || (typeof shared === 'string' ? shared : '') || 'tcp';
};

type Target = UpstreamTarget & { readonly subset: string };

const splitterNode = ({ name, namespace, partition }: SplitterName): string =>
  `splitter:${name}.${namespace}.${partition}`;

/** A node without anything that leads on. */
const emptyNode = { Routes: [], Splits: [], Resolver: null };

/**
 * Writes targets as a chain: those of a splitter share its node, and several nodes are routes of a router. Every failover target is
 * that of each main target with a failover.
 */
const chainOf = (
  service: string,
  targets: readonly Target[],
  protocol: string,
  datacenter: string,
  subsetOf: (service: string, name: string) => Subset,
): Chain => {
  const idOf = ({ service, subset, namespace, peer, datacenter: far }: Target): string =>
    `${subset === '' ? '' : `${subset}.`}${service}.${namespace}.default.${peer === '' ? far || datacenter : `external.${peer}`}`;
  const main = targets.filter(({ via }) => via !== 'failover');
  const failover = targets.filter(({ via }) => via === 'failover').map(idOf);
  const resolverOf = (target: Target): string => `resolver:${idOf(target)}`;
  const resolvers: Chain['Nodes'] = Object.fromEntries(
    main.map((target) => [
      resolverOf(target),
      {
        ...emptyNode,
        Type: 'resolver',
        Name: idOf(target),
        Resolver: {
          Target: idOf(target),
          Failover: target.hasStandIn && failover.length > 0 ? { Targets: failover } : null,
        },
      },
    ]),
  );
  const splitters: Chain['Nodes'] = Object.fromEntries(
    [...Map.groupBy(main, ({ splitter }) => splitter && splitterNode(splitter))].flatMap(([node, legs]) => {
      if (node === undefined) return [];
      const Splits = legs.map((leg) => ({ NextNode: resolverOf(leg), Weight: 100 / legs.length }));
      return [[node, { ...emptyNode, Type: 'splitter', Name: node, Splits }]];
    }),
  );
  const ends = [
    ...Object.keys(splitters),
    ...main.filter(({ splitter }) => splitter === undefined).map(resolverOf),
  ];
  const router = `router:${service}.default.default`;
  const [start = router] = ends;
  return {
    ServiceName: service,
    Datacenter: datacenter,
    Protocol: protocol,
    Default: false,
    StartNode: ends.length === 1 ? start : router,
    Nodes: {
      ...resolvers,
      ...splitters,
      ...(ends.length === 1
        ? {}
        : {
            [router]: {
              ...emptyNode,
              Type: 'router',
              Name: router,
              Routes: ends.map((NextNode) => ({ NextNode })),
            },
          }),
    },
    Targets: Object.fromEntries(
      targets.map((target) => [
        idOf(target),
        {
          ID: idOf(target),
          Service: target.service,
          ServiceSubset: target.subset,
          Subset: target.subset === '' ? null : (subsetOf(target.service, target.subset) ?? null),
          Namespace: target.namespace,
          Datacenter: target.peer === '' ? target.datacenter || datacenter : '',
          Peer: target.peer,
          MeshGateway: null,
        },
      ]),
    ),
  };
};

/** A name as an upstream calls it. */
type CalledChain = Pick<CompiledChain, 'service' | 'protocol' | 'datacenter'>;

/** Compiles the chains of names again that changed entries touch. The others stay as Consul compiled them. */
export const recompileChains = (
  section: Section<readonly CompiledChain[]>,
  after: ChainSource,
  changed: ReadonlySet<string>,
  called: readonly CalledChain[],
  changes: readonly OverlayChange[] = [],
): Section<readonly CompiledChain[]> => {
  const entries = chainEntries(after);
  const subsetOf = subsetsIn(changes, section);
  const compile = ({ service, protocol, datacenter = '' }: CalledChain): CompiledChain => {
    const used = protocolOf(service, protocol, after);
    // Routers and splitters apply to HTTP alone.
    const effective = l7Protocols.has(used)
      ? entries
      : { ...entries, routers: new Map(), splitters: new Map() };
    const targets = resolveChainWithSubsets(effective, {
      service,
      namespace: 'default',
      datacenter,
      protocol,
    });
    return {
      endpoint: `/v1/discovery-chain/${service}`,
      service,
      protocol,
      ...omitUndefined({ datacenter: datacenter === '' ? undefined : datacenter }),
      chain: chainOf(service, targets, used, after.cluster.datacenter, subsetOf),
    };
  };
  return mapSection(section, (chains) => {
    const keep = chains.filter((chain) => !isTouched(chain, changed));
    const affected = [
      ...chains.filter((chain) => isTouched(chain, changed)),
      ...called.filter(({ service }) => changed.has(service.toLowerCase())),
    ];
    const unique = new Map(
      affected.map((one) => [JSON.stringify([one.service, one.protocol, one.datacenter ?? '']), one]),
    );
    const isRewritten = (service: string): boolean =>
      [entries.routers, entries.splitters, entries.resolvers].some((map) => map.has(serviceKey(service)));
    return [...keep, ...[...unique.values()].filter(({ service }) => isRewritten(service)).map(compile)];
  });
};

/** Compiles the chains of exported names again that changed entries touch. */
export const recompileExportedChains = (
  section: Section<readonly CompiledChain[]>,
  after: ChainSource,
  changes: readonly OverlayChange[],
  /** The filters of subsets may be texts of people: only what reads instances by them needs them. */
  filters: 'with filters' | 'without filters',
): Section<readonly CompiledChain[]> => {
  const changed = changedNames(changes, after);
  if (changed.size === 0) return section;
  const names = rowsOf(after.sections.exportedServices).flatMap(({ entry }) =>
    entry.Services.map(({ Name }) => Name.toLowerCase()),
  );
  const called = names.includes('*') ? [...names, ...changed] : names;
  return recompileChains(
    section,
    after,
    changed,
    called.map((service) => ({ service, protocol: '' })),
    filters === 'with filters' ? changes : [],
  );
};
