import { isRelevant, candidateCondition, relevantConditions } from './relevance-filters';
import type { Gathering } from './gathering';
import {
  type Instance,
  readInstancesOfService,
  readInstancesWhere,
  manyServices,
  findServicesWhere,
} from './instances';
import { findNamesLeadingToPeers } from './find-names-leading-to-peers';
import { mapSection, hidden, combineSections, rowsOf } from './section';
import { toSidecar } from './sidecars';
import { mapConcurrently, memoizeByKey } from './concurrency';
import type { GatewayInstance, Section, SidecarInstance } from './snapshot';

/** What a name that a stream reports may mean: Enterprise puts namespaces before it, and names may hold slashes. */
const namesIn = (reported: string): readonly string[] => [
  reported,
  reported.slice(reported.lastIndexOf('/') + 1),
];

/**
 * Services to whose names a sidecar may have an upstream that names no peer and still leads to one: by a config
 * entry, or by mistake, since only a peer has such a service.
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
  const bent = findNamesLeadingToPeers({
    resolvers: rowsOf(resolvers).map(({ entry }) => entry),
    routers: rowsOf(routers).map(({ entry }) => entry),
    splitters: rowsOf(splitters).map(({ entry }) => entry),
  });
  // What is a mistake there is for that cluster's own check to say.
  if (!names) return bent;
  const imported = new Set(
    (peerings.visibility === 'hidden' ? [] : peerings.value.list)
      .flatMap(({ StreamStatus }) => StreamStatus?.ImportedServices ?? [])
      .flatMap(namesIn),
  );
  for (const { name } of rowsOf(names)) imported.delete(name);
  return [...new Set([...imported, ...bent])].sort();
};

const keyOf = ({ Node, Service }: Instance): string =>
  JSON.stringify([Service.Partition, Service.Namespace, Node.Node, Service.ID]);

/**
 * How many services are read by name rather than searched through again: Consul goes through a hundred in the time
 * that it takes to ask it for one.
 */
const few = async ({ sections, thorough }: Gathering): Promise<number> => {
  const services = thorough ? rowsOf(await sections.serviceNames()).length : 0;
  return Math.min(Math.max(32, services / 100), manyServices);
};

/**
 * All instances that matter to peering, each once. Services with any upstream are searched for at once. Where they
 * are few they are read while it is found out which names lead to peers; else those that matter among them are
 * searched for when that is known.
 */
const relevantInstances = async (gathering: Gathering): Promise<Section<readonly Instance[]>> => {
  const { thorough } = gathering;
  const ofService = memoizeByKey((name: string) => readInstancesOfService(gathering, name));
  const doubtful = doubtfulNames(gathering);
  const { names, askable } = await findServicesWhere(gathering, candidateCondition(thorough));
  if (names.visibility === 'hidden') return hidden(names.reason);
  if (askable && names.value.length <= (await few(gathering))) {
    const read = await mapConcurrently(names.value, ofService);
    const matters = isRelevant({ thorough, names: await doubtful });
    const services = read.map(rowsOf).filter((rows) => rows.some(({ Service }) => matters(Service)));
    return combineSections(services.flat(), [names, ...read]);
  }
  const found = await Promise.all(
    relevantConditions({ thorough, names: await doubtful }).map((condition) =>
      readInstancesWhere(gathering, condition, ofService),
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

/** Gateways with their checks. Those that were read with their nodes are asked for again, by name. */
const gatewaysAmong = async (
  gathering: Gathering,
  instances: Section<readonly Instance[]>,
): Promise<Section<readonly GatewayInstance[]>> => {
  const found = rowsOf(instances).filter(isGateway);
  const unchecked = found.filter(({ Checks }) => Checks === undefined);
  const names = [...new Set(unchecked.map(({ Service }) => Service.Service))];
  const again = await Promise.all(names.map((name) => readInstancesOfService(gathering, name)));
  const gateways = [
    ...found.filter(({ Checks }) => Checks !== undefined),
    ...again.flatMap(rowsOf).filter(isGateway),
  ];
  return combineSections(gateways.map(gatewayOf), [instances, ...again]);
};

/** Mesh gateways, and the sidecars that matter to peering. They are looked for together. */
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
