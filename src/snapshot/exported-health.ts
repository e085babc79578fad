import { type InstanceSubset, listChainTargets } from '../consul/chain-targets';
import type { MeshHealth, ServiceHealth } from '../consul/wire';
import type { Gathering } from './gathering';
import { checkNamesOutOfUse, isCritical, isOutOfUse, isSyntheticNode, maintenanceOf } from './health';
import { visible, mapSection, type GatheredResource, combineSections, rowsOf, sectionOf } from './section';
import type { Section, ServiceName, SubsetHealth, ExportedServiceHealth } from './snapshot';
import { mapConcurrently } from './concurrency';
import { escapeHatches } from './escape-hatches';
import { listSharing } from './list-sharing';
import { localRequestTimeout } from './local-request-timeout';
import { sidecarProtocols } from './sidecar-protocols';
import { omitUndefined } from '../omit-undefined';

const needs: readonly GatheredResource[] = ['service', 'node'];

/** Services whose resolver fails over to a peer: while they work here, the peer is not needed. */
const failingOver = async ({ sections }: Gathering): Promise<readonly ServiceName[]> => {
  const resolvers = await sections.serviceResolvers();
  return rowsOf(resolvers)
    .filter(({ entry }) =>
      Object.values(entry.Failover).some(({ Targets }) => Targets.some(({ Peer }) => Peer !== '')),
    )
    .map(({ entry }) => ({
      name: entry.Name,
      ...omitUndefined({ namespace: entry.Namespace || undefined }),
    }));
};

const sharingWithPeer = async ({ sections }: Gathering): Promise<readonly ServiceName[]> => {
  const [resolvers, splitters, routes] = await Promise.all([
    sections.serviceResolvers(),
    sections.serviceSplitters(),
    sections.httpRoutes(),
  ]);
  return listSharing(rowsOf(resolvers), rowsOf(splitters), rowsOf(routes));
};

/**
 * Lists the services that are exported by name, those that their discovery chains resolve to, and those that fail over to
 * a peer or share calls with one. `consul` cannot be exported, and wildcards are only counted.
 */
const servicesToRead = async (gathering: Gathering): Promise<Section<readonly ServiceName[]>> => {
  const [entries, standby, sharing] = await Promise.all([
    gathering.sections.exportedServices(),
    failingOver(gathering),
    sharingWithPeer(gathering),
  ]);
  const byKey = new Map<string, ServiceName>(
    [...standby, ...sharing].map((service) => [JSON.stringify([service.name, service.namespace]), service]),
  );
  for (const { entry } of rowsOf(entries)) {
    for (const { Name, Namespace } of entry.Services) {
      if (Name === '*' || Name === 'consul' || Namespace === '*') continue;
      byKey.set(JSON.stringify([Name, Namespace]), {
        name: Name,
        ...omitUndefined({ namespace: Namespace || undefined }),
      });
    }
  }
  const chains = await gathering.sections.exportedChains();
  for (const { chain } of rowsOf(chains)) {
    for (const { service, peer } of listChainTargets(chain)) {
      const key = JSON.stringify([service, undefined]);
      if (peer === '' && !byKey.has(key)) byKey.set(key, { name: service });
    }
  }
  return combineSections([...byKey.values()], [entries]);
};

type Health = Pick<
  ExportedServiceHealth,
  'instances' | 'passing' | 'sample' | 'maintenance' | 'registeredAs'
> & {
  readonly healthEndpoint: string;
};

/** Tells that lists are certainly complete. Without a token, Consul does not report that it left out rows. */
const hidesNothing = async ({ reads, sections }: Gathering): Promise<boolean> => {
  if (reads.sendsToken) return true;
  const acl = await sections.acl();
  return acl.visibility !== 'hidden' && !acl.value.enabled;
};

/** Maximum of services that a wildcard exports whose health is read. */
const maxTerminated = 64;

/**
 * Lists the services behind terminating gateways that a wildcard exports and that may have no passing instance: those with a
 * critical check, and all where a check of a node is critical.
 */
const terminatedServices = async ({
  sections,
  criticalChecks,
}: Gathering): Promise<readonly ServiceName[]> => {
  const [exports, gateways] = await Promise.all([
    sections.exportedServices(),
    sections.terminatingGateways(),
  ]);
  const services = rowsOf(exports).flatMap(({ entry }) => entry.Services);
  if (rowsOf(gateways).length === 0 || !services.some(({ Name }) => Name === '*')) return [];
  const [links, checks] = await Promise.all([sections.wildcardLinks(), criticalChecks()]);
  if (!checks.ok) return [];
  const named = new Set(services.map(({ Name }) => Name));
  const linked = [
    ...rowsOf(links).flatMap((link) => link.services),
    ...rowsOf(gateways).flatMap(({ entry }) =>
      entry.Services.map(({ Name, Namespace }) => ({
        name: Name,
        ...omitUndefined({ namespace: Namespace || entry.Namespace || undefined }),
      })),
    ),
  ].filter(({ name }) => !named.has(name));
  const failing = new Set(checks.value.map(({ ServiceName }) => ServiceName));
  const isOfNode = checks.value.some(({ ServiceID }) => ServiceID === '');
  const byKey = new Map(
    linked.map((service) => [JSON.stringify([service.name, service.namespace]), service]),
  );
  return [...byKey.values()]
    .filter(({ name }) => isOfNode || failing.has(name))
    .toSorted((a, b) => Number(failing.has(b.name)) - Number(failing.has(a.name)))
    .slice(0, maxTerminated);
};

/**
 * Finds, in two reads for any number of services, those that certainly have a passing instance: they are
 * registered, and no critical check in the cluster is theirs or a node's.
 */
const findPassingServices = async (
  gathering: Gathering,
  services: readonly ServiceName[],
): Promise<(service: ServiceName) => boolean> => {
  const { sections } = gathering;
  const [critical, names, trusted] = await Promise.all([
    gathering.criticalChecks(),
    sections.serviceNames(),
    hidesNothing(gathering),
  ]);
  if (!trusted || !critical.ok || critical.meta.filteredByAcls) return () => false;
  if (critical.value.some(({ ServiceID }) => ServiceID === '')) return () => false;
  // Starts from the exported services: a large cluster has many more names.
  const unregistered = new Set(services.map(({ name }) => name));
  for (const { name } of rowsOf(names)) unregistered.delete(name);
  const withCriticalCheck = new Set(critical.value.map(({ ServiceName }) => ServiceName));
  return ({ name, namespace }) => !namespace && !unregistered.has(name) && !withCriticalCheck.has(name);
};

const atLeastOne: Health = { healthEndpoint: '/v1/health/state/critical', instances: 1, passing: 1 };

const inNamespace = ({ namespace }: ServiceName) => omitUndefined({ namespace });

const sampleOf = ({ Node, Service }: ServiceHealth) => ({
  node: Node.Node,
  id: Service.ID,
  port: Service.Port,
});

/** Describes the maintenance of an instance, if it is in any. */
const maintained = ({ Node, Checks }: Pick<MeshHealth, 'Node' | 'Checks'>) => {
  const maintenance = maintenanceOf(Node.Node, Checks);
  return omitUndefined({ maintenance: maintenance.length > 0 ? maintenance : undefined });
};

const readHealth = async ({ reads }: Gathering, service: ServiceName): Promise<Section<Health>> => {
  const answer = await reads.ask((client, call) =>
    client.healthService(service.name, { ...call, ...inNamespace(service) }),
  );
  return mapSection(sectionOf(answer, needs), (found) => {
    // This endpoint ignores the case of a name; exports to peers do not.
    const rows = found.filter(({ Service }) => Service.Service === service.name);
    const [first] = rows;
    const [other] = found;
    const passing = rows.filter(({ Checks }) => !Checks.some(isCritical)).length;
    return {
      healthEndpoint: answer.ok ? answer.meta.endpoint : '',
      instances: rows.length,
      passing,
      ...omitUndefined({ registeredAs: first ? undefined : other?.Service.Service }),
      ...(first && passing === 0 && maintained(first)),
      ...omitUndefined({ sample: first && sampleOf(first) }),
    };
  });
};

/** Describes the first instance of a service in the mesh, if none of them gets calls. */
const downOf = (rows: readonly MeshHealth[]): Pick<ExportedServiceHealth, 'downInMesh'> => {
  const [first] = rows;
  if (!first || !rows.every(isOutOfUse)) return {};
  const { Node, Service } = first;
  return {
    downInMesh: {
      kind: Service.Kind,
      service: Service.Service,
      id: Service.ID,
      node: Node.Node,
      synthetic: isSyntheticNode(Node),
      failing: checkNamesOutOfUse(first),
      ...maintained(first),
    },
  };
};

/** Maximum terminating gateways of a service that are kept by their ids. */
const maxTerminators = 16;

/** Names, counts and locates the terminating gateways that stand for a service in the mesh. */
const terminatedBy = (
  rows: readonly MeshHealth[],
): Pick<ExportedServiceHealth, 'terminatedBy' | 'terminatedRows' | 'terminators'> => {
  const gateways = rows.filter(({ Service }) => Service.Kind === 'terminating-gateway');
  const found = [...new Set(gateways.map(({ Service }) => Service.Service))];
  const terminators = gateways
    .slice(0, maxTerminators)
    .map(({ Node, Service }) => ({ gateway: Service.Service, id: Service.ID, node: Node.Node }));
  return found.length > 0 ? { terminatedBy: found, terminatedRows: gateways.length, terminators } : {};
};

const isNative = ({ Service }: MeshHealth): boolean => Service.Connect?.Native === true;

const readMesh = async ({ reads }: Gathering, service: ServiceName) => {
  const answer = await reads.ask((client, call) =>
    client.healthConnect(service.name, { ...call, ...inNamespace(service) }),
  );
  return mapSection(sectionOf(answer, needs), (rows) => ({
    endpoint: answer.ok ? answer.meta.endpoint : '',
    native: rows.filter(isNative).length,
    inMesh: rows.length,
    ...terminatedBy(rows),
    ...sidecarProtocols(rows),
    ...escapeHatches(rows),
    ...localRequestTimeout(rows),
    ...downOf(rows),
  }));
};

/** Returns the subsets of a service that discovery chains of exported names resolve to, by the name of the service. */
const subsetsByService = async ({
  sections,
}: Gathering): Promise<ReadonlyMap<string, readonly InstanceSubset[]>> => {
  const targets = rowsOf(await sections.exportedChains())
    .flatMap(({ chain }) => listChainTargets(chain))
    .filter(({ peer }) => peer === '');
  const byId = new Map(targets.map((target) => [target.id, target]));
  const byService = Map.groupBy(byId.values(), ({ service }) => service);
  return new Map(
    [...byService].map(([service, list]) => [service, list.flatMap(({ subset }) => subset ?? [])]),
  );
};

/** Counts the mesh instances of a subset. Consul evaluates its filter. */
const readSubset = async (
  { reads }: Gathering,
  service: ServiceName,
  { name, filter, onlyPassing }: InstanceSubset,
): Promise<Section<SubsetHealth>> => {
  const answer = await reads.ask((client, call) =>
    client.healthConnect(service.name, {
      ...call,
      ...inNamespace(service),
      ...omitUndefined({ filter: filter || undefined }),
    }),
  );
  const isHealthy = (instance: MeshHealth): boolean =>
    onlyPassing ? instance.Checks.every(({ Status }) => Status === 'passing') : !isOutOfUse(instance);
  return mapSection(sectionOf(answer, needs), (rows) => ({
    name,
    inMesh: rows.length,
    healthy: rows.filter(isHealthy).length,
  }));
};

/** Reads the subsets of a service; those that are not visible in full are left out. */
const readSubsets = async (
  gathering: Gathering,
  service: ServiceName,
  subsets: readonly InstanceSubset[],
): Promise<Pick<ExportedServiceHealth, 'subsets'>> => {
  if (subsets.length === 0) return {};
  const read = await mapConcurrently(subsets, (subset) => readSubset(gathering, service, subset));
  return { subsets: read.flatMap((one) => (one.visibility === 'visible' ? [one.value] : [])) };
};

/** Reads the health of a service: its instances in the mesh, and the instances themselves unless they are known to pass. */
const readService = async (
  gathering: Gathering,
  service: ServiceName,
  subsets: readonly InstanceSubset[],
  isPassing: Promise<boolean>,
): Promise<Section<readonly ExportedServiceHealth[]>> => {
  const [mesh, found, health] = await Promise.all([
    readMesh(gathering, service),
    readSubsets(gathering, service, subsets),
    isPassing.then((passes) => (passes ? visible(atLeastOne) : readHealth(gathering, service))),
  ]);
  // Without both reads, the numbers would mislead, and a count that is too low more than a missing row.
  if (mesh.visibility !== 'visible' || health.visibility !== 'visible')
    return combineSections([], [mesh, health]);
  const { sample, ...counts } = health.value;
  if (mesh.value.inMesh > 0) return visible([{ ...service, ...mesh.value, ...found, ...counts }]);
  // The service is not in the mesh: the fix for it, a sidecar, needs the address of an instance.
  const read = sample || counts.instances === 0 ? health : await readHealth(gathering, service);
  return read.visibility === 'visible'
    ? visible([{ ...service, ...mesh.value, ...found, ...read.value }])
    : combineSections([], [mesh, read]);
};

/** Reads the health of services that are exported by name, and of those that their chains resolve to. */
const readNamed = async (gathering: Gathering): Promise<Section<readonly ExportedServiceHealth[]>> => {
  const services = await servicesToRead(gathering);
  if (rowsOf(services).length === 0) return combineSections([], [services]);
  const passing = findPassingServices(gathering, rowsOf(services));
  const subsetsOf = await subsetsByService(gathering);
  const found = await mapConcurrently(rowsOf(services), (service) =>
    readService(
      gathering,
      service,
      subsetsOf.get(service.name) ?? [],
      passing.then((isPassing) => isPassing(service)),
    ),
  );
  return combineSections(found.flatMap(rowsOf), [services, ...found]);
};

/**
 * Reads the health of services that are exported by name: their instances in the mesh with one read each, and the
 * instances themselves with a second one if their health is not known already. Of those behind terminating gateways that a
 * wildcard exports, the ones that may have no passing instance are read as well.
 */
export const readExportedHealth = async (
  gathering: Gathering,
): Promise<Section<readonly ExportedServiceHealth[]>> => {
  const [named, terminated] = await Promise.all([readNamed(gathering), terminatedServices(gathering)]);
  const known = new Set(rowsOf(named).map(({ name, namespace }) => JSON.stringify([name, namespace])));
  const missing = terminated.filter(({ name, namespace }) => !known.has(JSON.stringify([name, namespace])));
  if (missing.length === 0) return named;
  const found = await mapConcurrently(missing, (service) =>
    readService(gathering, service, [], Promise.resolve(false)),
  );
  return combineSections([...rowsOf(named), ...found.flatMap(rowsOf)], [named, ...found]);
};
