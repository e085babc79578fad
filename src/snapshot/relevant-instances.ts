import { isRelevant, candidateCondition, relevantConditions } from './relevance-filters';
import type { Gathering } from './gathering';
import type { SnapshotClient } from './reads';
import {
  type Instance,
  readInstancesOfFewNodes,
  readInstancesOfService,
  readInstancesWhere,
  readNodeNames,
  manyServices,
  findServicesWhere,
} from './instances';
import { findNamesResolvingToPeers } from './find-names-resolving-to-peers';
import { mapSection, hidden, combineSections, rowsOf } from './section';
import { toSidecar } from './sidecars';
import { mapConcurrently, memoizeByKey, once } from './concurrency';
import type { GatewayInstance, Section, SidecarInstance } from './snapshot';

/** Returns the names that a reported name may stand for: Enterprise prefixes a namespace, and names may hold slashes. */
const namesIn = (reported: string): readonly string[] => [
  reported,
  reported.slice(reported.lastIndexOf('/') + 1),
];

/**
 * Finds the services whose upstreams may reach a peer although they name none: by a config entry, or by mistake, if
 * only a peer has a service of that name.
 */
const doubtfulNames = async ({ sections, thorough }: Gathering): Promise<readonly string[] | 'any'> => {
  const [peerings, names, resolvers, routers, splitters, groups] = await Promise.all([
    sections.peerings(),
    thorough ? sections.serviceNames() : undefined,
    sections.serviceResolvers(),
    sections.serviceRouters(),
    sections.serviceSplitters(),
    sections.samenessGroups(),
  ]);
  // Enterprise: every service of the partition fails over to the members of the group.
  if (rowsOf(groups).some(({ entry }) => entry['DefaultForFailover'] === true)) return 'any';
  const rewritten = findNamesResolvingToPeers({
    resolvers: rowsOf(resolvers).map(({ entry }) => entry),
    routers: rowsOf(routers).map(({ entry }) => entry),
    splitters: rowsOf(splitters).map(({ entry }) => entry),
  });
  // Mistakes on the other side are reported by a check of that cluster.
  if (!names) return rewritten;
  const imported = new Set(
    (peerings.visibility === 'hidden' ? [] : peerings.value.list)
      .flatMap(({ StreamStatus }) => StreamStatus?.ImportedServices ?? [])
      .flatMap(namesIn),
  );
  for (const { name } of rowsOf(names)) imported.delete(name);
  return [...new Set([...imported, ...rewritten])].sort();
};

const keyOf = ({ Node, Service }: Instance): string =>
  JSON.stringify([Service.Partition, Service.Namespace, Node.Node, Service.ID]);

/**
 * Returns the number of services up to which they are read by name instead of searched again: Consul goes through a
 * hundred in the time that one request takes.
 */
const maxReadByName = async ({ sections, thorough }: Gathering): Promise<number> => {
  const services = thorough ? rowsOf(await sections.serviceNames()).length : 0;
  return Math.min(Math.max(32, services / 100), manyServices);
};

/** Tells that all nodes are known, and that they are at most as many. */
const areAtMost = (nodes: Section<readonly string[]>, count: number): boolean =>
  nodes.visibility === 'visible' && nodes.value.length <= count;

/**
 * Clients of clusters that have many services with upstreams on few nodes, as the last check that searched found out. Their
 * next checks read the nodes without a search, which takes Consul 45 ms for 20,000 services (measured on 1.20.1) and would
 * only say so again.
 */
const crowded = new WeakSet<SnapshotClient>();

/**
 * Reads all instances that matter to peering, each once. Searches for services with any upstream first. If there are
 * few, reads them while it finds the names that lead to peers; otherwise waits for the names, and searches for the
 * services that matter, or reads what matters from the nodes if they are few too.
 */
const relevantInstances = async (gathering: Gathering): Promise<Section<readonly Instance[]>> => {
  const { thorough } = gathering;
  const { client } = gathering.reads;
  const ofService = memoizeByKey(
    (name: string) => readInstancesOfService(gathering, name),
    (name) => name,
  );
  const nodeNames = once(() => readNodeNames(gathering));
  const doubtful = doubtfulNames(gathering);
  const conditionsOf = async () => relevantConditions({ thorough, names: await doubtful });
  const readFewNodes = async (): Promise<Section<readonly Instance[]> | undefined> => {
    const [conditions, nodes, maxReads] = await Promise.all([
      conditionsOf(),
      nodeNames(),
      maxReadByName(gathering),
    ]);
    const [condition, ...others] = conditions;
    if (condition === undefined || others.length > 0 || !areAtMost(nodes, maxReads)) return undefined;
    return readInstancesOfFewNodes(gathering, condition, { ofService, nodeNames });
  };
  // Of an other side, fewer nodes are read.
  if (thorough && crowded.has(client)) {
    const found = await readFewNodes();
    if (found) return found;
    crowded.delete(client);
  }
  const { names, isReadableByName } = await findServicesWhere(gathering, candidateCondition(thorough));
  if (names.visibility === 'hidden') return hidden(names.reason);
  const maxReads = await maxReadByName(gathering);
  if (isReadableByName && names.value.length <= maxReads) {
    const read = await mapConcurrently(names.value, ofService);
    const matters = isRelevant({ thorough, names: await doubtful });
    const services = read.map(rowsOf).filter((rows) => rows.some(({ Service }) => matters(Service)));
    return combineSections(services.flat(), [names, ...read]);
  }
  if (names.value.length > manyServices) {
    const found = await readFewNodes();
    if (found) {
      if (thorough) crowded.add(client);
      return found;
    }
  }
  const found = await Promise.all(
    (await conditionsOf()).map((condition) =>
      readInstancesWhere(gathering, condition, { ofService, nodeNames }),
    ),
  );
  const unique = new Map(found.flatMap(rowsOf).map((instance) => [keyOf(instance), instance]));
  return combineSections([...unique.values()], found);
};

const isGateway = ({ Service }: Instance): boolean => Service.Kind === 'mesh-gateway';

const gatewayOf = ({ Checks = [], withheld, ...instance }: Instance): GatewayInstance => ({
  ...instance,
  Checks: [...Checks],
  withheld: withheld.map((path) => `/Service${path}`),
});

/** Returns the gateways with their checks. Reads those again, by name, that were read with their nodes. */
const gatewaysAmong = async (
  gathering: Gathering,
  instances: Section<readonly Instance[]>,
): Promise<Section<readonly GatewayInstance[]>> => {
  const found = rowsOf(instances).filter(isGateway);
  const unchecked = found.filter(({ Checks }) => Checks === undefined);
  const names = [...new Set(unchecked.map(({ Service }) => Service.Service))];
  const reread = await Promise.all(names.map((name) => readInstancesOfService(gathering, name)));
  const gateways = [
    ...found.filter(({ Checks }) => Checks !== undefined),
    ...reread.flatMap(rowsOf).filter(isGateway),
  ];
  return combineSections(gateways.map(gatewayOf), [instances, ...reread]);
};

/** Reads mesh gateways and the sidecars that matter to peering. One search finds both. */
export const readRelevantInstances = async (
  gathering: Gathering,
): Promise<{
  readonly gateways: Section<readonly GatewayInstance[]>;
  readonly sidecars: Section<readonly SidecarInstance[]>;
}> => {
  const instances = await relevantInstances(gathering);
  const sidecars = mapSection(instances, (rows) => rows.flatMap((row) => toSidecar(row) ?? []));
  return {
    gateways: await gatewaysAmong(gathering, instances),
    sidecars: combineSections(rowsOf(sidecars), [instances]),
  };
};
