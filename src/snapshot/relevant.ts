import { type Condition, relevant, withUpstreams } from './filters';
import type { Gathering } from './gathering';
import { type Instance, instancesOfService, instancesWhere } from './instances';
import { leadingToPeers } from './leads';
import { mapped, restingOn, rowsOf } from './section';
import { sidecarOf } from './sidecars';
import { onceEach } from './turns';
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
  const bent = leadingToPeers({
    resolvers: rowsOf(resolvers).map(({ entry }) => entry),
    routers: rowsOf(routers).map(({ entry }) => entry),
    splitters: rowsOf(splitters).map(({ entry }) => entry),
  });
  // What is a mistake there is for that cluster's own check to say.
  if (!names) return bent;
  const local = new Set(rowsOf(names).map(({ name }) => name));
  const imported = (peerings.seen === 'none' ? [] : peerings.value.list)
    .flatMap(({ StreamStatus }) => StreamStatus?.ImportedServices ?? [])
    .flatMap(namesIn)
    .filter((name) => !local.has(name));
  return [...new Set([...imported, ...bent])].sort();
};

const keyOf = ({ Node, Service }: Instance): string =>
  JSON.stringify([Service.Partition, Service.Namespace, Node.Node, Service.ID]);

/**
 * All instances that matter to peering, each once. What is relevant in any case is looked for at once; upstreams that
 * lead to a peer only by their name when it is known which names those are, while the first are being read.
 */
const relevantInstances = async (gathering: Gathering): Promise<Section<readonly Instance[]>> => {
  const ofService = onceEach((name: string) => instancesOfService(gathering, name));
  const search = (condition: Condition): Promise<Section<readonly Instance[]>> =>
    instancesWhere(gathering, condition, ofService);
  const [plain, byName] = await Promise.all([
    search(relevant(gathering.thorough)),
    doubtfulNames(gathering).then((names) => Promise.all(withUpstreams(names).map(search))),
  ]);
  const found = [plain, ...byName];
  const unique = new Map(found.flatMap(rowsOf).map((instance) => [keyOf(instance), instance]));
  return restingOn([...unique.values()], found);
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
  const again = await Promise.all(names.map((name) => instancesOfService(gathering, name)));
  const gateways = [
    ...found.filter(({ Checks }) => Checks !== undefined),
    ...again.flatMap(rowsOf).filter(isGateway),
  ];
  return restingOn(gateways.map(gatewayOf), [instances, ...again]);
};

/** Mesh gateways, and the sidecars that matter to peering. They are looked for together. */
export const readRelevant = async (
  gathering: Gathering,
): Promise<{
  readonly gateways: Section<readonly GatewayInstance[]>;
  readonly sidecars: Section<readonly SidecarInstance[]>;
}> => {
  const instances = await relevantInstances(gathering);
  const sidecars = mapped(instances, (rows) => rows.flatMap((row) => sidecarOf(row) ?? []));
  return {
    gateways: await gatewaysAmong(gathering, instances),
    sidecars: restingOn(rowsOf(sidecars), [instances]),
  };
};
