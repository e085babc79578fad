import { withheldValue } from '../consul/shapes';
import type { GatewayTokenRef } from '../config/config';
import { readAcl } from './acl-state';
import { readEntries, readResolvedExports } from './config-entries';
import { readDiscoveryChains, readExportedChains } from './discovery-chains';
import { readExportedHealth } from './exported-health';
import {
  findElsewhere,
  readAgent,
  readCaRoots,
  readDatacenters,
  readLeader,
  readPeerings,
  readPreparedQueries,
  readServers,
} from './agent-and-servers';
import { once } from './concurrency';
import type { Gathering } from './gathering';
import { readGatewayTokens } from './gateway-tokens';
import { readImportedServices } from './imported-services';
import { applyTokenRights } from './apply-token-rights';
import { readOwnRights } from './own-rights';
import type { Prober } from '../probe/probe-addresses';
import { readProbes } from './read-probes';
import { createReads, type SnapshotClient } from './reads';
import { readRelevantInstances } from './relevant-instances';
import { readRoutingGateways } from './routing-gateways';
import { hidden, mapSection, notGathered, rowsOf } from './section';
import { readServiceNames } from './service-names';
import type { HiddenReason, Section, Sections, Snapshot } from './snapshot';
import { readSidecarTokens, readTokenCandidates, readTokenList } from './token-candidates';
import { readWildcardLinks } from './wildcard-links';

export type SectionOverlay = <N extends keyof Sections>(
  name: N,
  section: Section<Sections[N]>,
  /** Reads other sections, with the overlay. */
  sections: Gathering['sections'],
) => Section<Sections[N]> | Promise<Section<Sections[N]>>;

export interface GatherOptions {
  /** As the clusters file describes it, with its partition and namespace (Enterprise). */
  readonly cluster: {
    readonly name: string;
    readonly datacenter?: string | undefined;
    readonly partition?: string | undefined;
    readonly namespace?: string | undefined;
    /** Tokens of its mesh gateways, if the clusters file names them. */
    readonly gatewayTokens?: readonly GatewayTokenRef[] | undefined;
  };
  readonly client: SnapshotClient;
  readonly signal?: AbortSignal | undefined;
  /** Called with the answers so far and the requests so far; the latter grows as answers lead to more requests. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** For all reads together, in ms. A section that is not read by then is hidden, with a timeout as its reason. */
  readonly budgetMs?: number | undefined;
  /** Called where reading a section throws, which is a bug: the section is hidden, and the others are read. */
  readonly onBug?: ((section: string, error: unknown) => void) | undefined;
  /** Changes a section as soon as it is read, so that what depends on it is read as if Consul had answered that. */
  readonly overlay?: SectionOverlay | undefined;
  /** Probes the addresses that Consul hands out; absent if the cluster's settings do not ask for it. */
  readonly prober?: Prober | undefined;
  /** Read only the sections that tell which upstreams lead to other clusters, as for an other side. */
  readonly upstreamsOnly?: boolean | undefined;
  /** Read these sections and those that they need; absent: all. */
  readonly only?: readonly (keyof Sections)[] | undefined;
}

/** Sections that are read for the other side of a peering. */
const otherSideSections: ReadonlySet<keyof Sections> = new Set<keyof Sections>([
  'agent',
  'acl',
  'peerings',
  'caRoots',
  'sidecars',
  'proxyDefaults',
  'serviceDefaults',
  'serviceResolvers',
  'serviceRouters',
  'serviceSplitters',
  'discoveryChains',
  'importedServices',
  'exportedChains',
  'intentions',
  'gateways',
  'serviceNames',
  'exportedHealth',
  'resolvedExports',
  'mesh',
  'terminatingGateways',
  'wildcardLinks',
  'sidecarTokens',
  'httpRoutes',
  'tcpRoutes',
  'apiGateways',
  'ingressGateways',
  'routingGateways',
  'samenessGroups',
  'exportedServices',
  'preparedQueries',
]);

const broken: HiddenReason = {
  kind: 'malformed',
  endpoint: '',
  message: 'Reading this failed with an internal error, which is a bug in peering-bot',
};

/** Hides a section whose reading throws, and lays an overlay over those that are read. */
const guarded = (
  { onBug, overlay }: Pick<GatherOptions, 'onBug' | 'overlay'>,
  sections: Gathering['sections'],
): Gathering['sections'] => {
  const all = Object.fromEntries(
    Object.entries(sections).map(
      ([name, read]: [string, () => Promise<Section<Sections[keyof Sections]>>]) => [
        name,
        once(() =>
          read()
            .then((section) => overlay?.(name as keyof Sections, section, all) ?? section)
            .catch((error: unknown) => {
              onBug?.(name, error);
              return hidden(broken);
            }),
        ),
      ],
    ),
  ) as Gathering['sections'];
  return all;
};

/** Withholds the filters of subsets, by which instances were read: they are texts of people. */
const withholdFilters = (sections: Snapshot['sections']): Snapshot['sections'] => {
  const withheld = (section: Snapshot['sections']['discoveryChains']) =>
    mapSection(section, (chains) =>
      chains.map((compiled) => ({
        ...compiled,
        chain: {
          ...compiled.chain,
          Targets: Object.fromEntries(
            Object.entries(compiled.chain.Targets).map(([id, target]) => [
              id,
              target.Subset
                ? { ...target, Subset: { ...target.Subset, Filter: withheldFilter(target.Subset.Filter) } }
                : target,
            ]),
          ),
        },
      })),
    );
  return {
    ...sections,
    discoveryChains: withheld(sections.discoveryChains),
    exportedChains: withheld(sections.exportedChains),
  };
};

const withheldFilter = (filter: string): string => (filter === '' ? '' : withheldValue);

const defaultBudgetMs = 30_000;

/**
 * Reads a cluster. Never rejects: a section that cannot be read is hidden, with a reason. Each read starts as soon as
 * the reads that it depends on are done. That makes two rounds: lists, and the details of the rows that matter. There
 * is a third if many sidecars have upstreams and those that matter must be searched for, and more if instances must be
 * read node by node.
 */
export const gatherSnapshot = async (options: GatherOptions): Promise<Snapshot> => {
  const started = performance.now();
  const { client, signal, onProgress, cluster, budgetMs = defaultBudgetMs, prober } = options;
  const reads = createReads({ client, budgetMs, signal, onProgress });
  const { gatewayTokens = [] } = cluster;
  const peerings = once(() => readPeerings(gathering));
  const relevant = once(() => readRelevantInstances(gathering));
  const tokenList = once(() => readTokenList(gathering, cluster));

  const sections = guarded(options, {
    agent: once(() => readAgent({ reads })),
    leader: once(() => readLeader({ reads })),
    servers: once(() => readServers({ reads })),
    datacenters: once(() => readDatacenters(gathering)),
    acl: once(() => readAcl(reads)),
    gatewayTokens: once(() => readGatewayTokens(gathering, gatewayTokens)),
    tokenCandidates: once(async () =>
      gatewayTokens.length === 0
        ? readTokenCandidates({ sections: gathering.sections, tokenList })
        : notGathered('The clusters file names the tokens of gateways'),
    ),
    sidecarTokens: once(() => readSidecarTokens({ ...gathering, tokenList })),
    ownRights: once(() => readOwnRights({ reads })),
    peerings: once(async () => {
      const [{ section }, elsewhere] = await Promise.all([
        peerings(),
        findElsewhere(gathering, cluster.datacenter),
      ]);
      return elsewhere ? hidden(elsewhere) : section;
    }),
    caRoots: once(() => readCaRoots({ reads })),
    serviceNames: once(() => readServiceNames({ reads })),
    gateways: once(async () => (await relevant()).gateways),
    sidecars: once(async () => (await relevant()).sidecars),
    exportedHealth: once(() => readExportedHealth(gathering)),
    resolvedExports: once(() => readResolvedExports({ reads })),
    exportedServices: once(() => readEntries({ reads }, 'exported-services')),
    proxyDefaults: once(() => readEntries({ reads }, 'proxy-defaults')),
    serviceDefaults: once(() => readEntries({ reads }, 'service-defaults')),
    serviceResolvers: once(() => readEntries({ reads }, 'service-resolver')),
    serviceRouters: once(() => readEntries({ reads }, 'service-router')),
    serviceSplitters: once(() => readEntries({ reads }, 'service-splitter')),
    intentions: once(() => readEntries({ reads }, 'service-intentions')),
    discoveryChains: once(() => readDiscoveryChains(gathering)),
    exportedChains: once(() => readExportedChains(gathering)),
    importedServices: once(() => readImportedServices(gathering)),
    mesh: once(() => readEntries({ reads }, 'mesh')),
    terminatingGateways: once(() => readEntries({ reads }, 'terminating-gateway')),
    wildcardLinks: once(() => readWildcardLinks(gathering)),
    httpRoutes: once(() => readEntries({ reads }, 'http-route')),
    tcpRoutes: once(() => readEntries({ reads }, 'tcp-route')),
    apiGateways: once(() => readEntries({ reads }, 'api-gateway')),
    ingressGateways: once(() => readEntries({ reads }, 'ingress-gateway')),
    routingGateways: once(() => readRoutingGateways(gathering)),
    samenessGroups: once(() => readEntries({ reads }, 'sameness-group')),
    preparedQueries: once(() => readPreparedQueries(gathering)),
    probes: once(async () =>
      prober === undefined
        ? notGathered('The clusters file does not say `probe: true` for this cluster')
        : readProbes(gathering, {
            datacenter: cluster.datacenter,
            prober,
            signal: signal ?? new AbortController().signal,
          }),
    ),
    otherSides: () => Promise.resolve(notGathered('No other side of a peering was read')),
    pendingSince: () => Promise.resolve(notGathered('It is not known when a peering was first seen pending')),
  });
  const criticalChecks = once(() => reads.ask((client, call) => client.healthState('critical', call)));
  const gathering: Gathering = { reads, sections, criticalChecks, thorough: !options.upstreamsOnly };

  const isRead = (name: keyof Sections): boolean =>
    options.only?.includes(name) ?? (!options.upstreamsOnly || otherSideSections.has(name));
  const names = Object.keys(sections) as readonly (keyof Sections)[];
  const readAll = async (): Promise<Snapshot['sections']> => {
    const pairs = names.map(async (name) => [
      name,
      isRead(name) ? await sections[name]() : notGathered('This is not needed'),
    ]);
    return Object.fromEntries(await Promise.all(pairs)) as Snapshot['sections'];
  };
  const read = await readAll().finally(reads.end);

  const answeredMs = await peerings().then(
    ({ dateMs }) => dateMs,
    () => undefined,
  );
  const agent = read.agent.visibility === 'hidden' ? undefined : read.agent.value;
  const [server] = rowsOf(read.servers);
  const version = agent?.Config.Version ?? server?.version ?? '';
  const datacenter = cluster.datacenter ?? agent?.Config.Datacenter;
  return {
    schemaVersion: 2,
    cluster: {
      name: cluster.name,
      datacenter: datacenter ?? '',
      consulVersion: version,
      enterprise: /\+ent/.test(version) || agent?.Config.Partition !== undefined,
      partition: cluster.partition ?? 'default',
      namespace: cluster.namespace ?? 'default',
    },
    takenAt: new Date(answeredMs ?? reads.dateMs() ?? Date.now()).toISOString(),
    durationMs: Math.round(performance.now() - started),
    sections: withholdFilters(applyTokenRights(read, reads.sendsToken)),
  };
};
