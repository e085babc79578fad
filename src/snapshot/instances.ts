import type { AgentService, HealthCheck, Node } from '../consul/wire';
import type { Condition } from './relevance-filters';
import type { Gathering } from './gathering';
import { redactNode, redactService } from './redact';
import { mapSection, hidden, combineSections, rowsOf, sectionOf } from './section';
import { toServiceNames } from './service-names';
import type { SourceLocation, Section } from './snapshot';
import { mapConcurrently } from './concurrency';

/** An instance of a service, without values that may be secret. */
export interface Instance {
  readonly at: SourceLocation;
  readonly Node: Node;
  readonly Service: AgentService;
  /** Absent if the instance was read with its node. */
  readonly Checks?: readonly HealthCheck[];
  /** Critical checks of an instance that was read with its node, and of the node; absent if they are not visible. */
  readonly critical?: readonly HealthCheck[];
  /** Paths below the registration whose values were taken out: `/Proxy/Config/x`. */
  readonly withheld: readonly string[];
}

type Reading = Pick<Gathering, 'reads'>;
type NodeReading = Pick<Gathering, 'reads' | 'criticalChecks'>;

/** Reads the instances of one service, with their checks. */
export const readInstancesOfService = async (
  { reads }: Reading,
  name: string,
): Promise<Section<readonly (Instance & { readonly Checks: HealthCheck[] })[]>> => {
  const answer = await reads.ask((client, call) => client.healthService(name, call));
  const endpoint = answer.ok ? answer.meta.endpoint : '';
  return mapSection(sectionOf(answer, ['service', 'node']), (rows) =>
    rows.map(({ Node, Service, Checks }, index) => {
      const { value, withheld } = redactService(Service);
      const at = { endpoint, path: `[${index}]` };
      return { at, Node: redactNode(Node), Service: value, Checks, withheld };
    }),
  );
};

/** Reads the instances of one node that match a filter, which this endpoint supports since 1.7. */
const instancesOfNode = async (
  { reads }: Reading,
  name: string,
  filter: string,
): Promise<Section<readonly Instance[]>> => {
  const answer = await reads.ask((client, call) => client.nodeServices(name, { ...call, filter }));
  const endpoint = answer.ok ? answer.meta.endpoint : '';
  return mapSection(sectionOf(answer, ['service', 'node']), ({ Node: node, Services }) =>
    node
      ? Services.map((service, index) => {
          const { value, withheld } = redactService(service);
          const at = { endpoint, path: `Services[${index}]` };
          return { at, Node: redactNode(node), Service: value, withheld };
        })
      : [],
  );
};

/** More services than this are read node by node if there are fewer nodes than services. */
export const manyServices = 200;

/** Reads the names of all nodes. */
export const readNodeNames = async ({ reads }: Reading): Promise<Section<readonly string[]>> => {
  const answer = await reads.ask((client, call) => client.catalogNodes(call));
  return mapSection(sectionOf(answer, ['node']), (rows) => rows.map((row) => row.Node));
};

/** Reads all instances that match a condition, node by node, and of their checks the critical ones. */
const readInstancesOnNodes = async (
  reading: NodeReading,
  nodes: Section<readonly string[]>,
  { node }: Condition,
): Promise<Section<readonly Instance[]>> => {
  const [found, answer] = await Promise.all([
    mapConcurrently(rowsOf(nodes), (name) => instancesOfNode(reading, name, node)),
    reading.criticalChecks(),
  ]);
  const checks = sectionOf(answer, ['service', 'node']);
  if (checks.visibility === 'hidden')
    return combineSections(found.flatMap(rowsOf), [nodes, ...found, checks]);
  const keyOf = (name: string, id: string): string => JSON.stringify([name, id]);
  const checksOf = Map.groupBy(checks.value, ({ Node: name, ServiceID }) => keyOf(name, ServiceID));
  const rows = found.flatMap(rowsOf).map((instance) => ({
    ...instance,
    critical: [instance.Service.ID, ''].flatMap((id) => checksOf.get(keyOf(instance.Node.Node, id)) ?? []),
  }));
  return combineSections(rows, [nodes, ...found, checks]);
};

/** Consul refuses paths with characters that do not print (Go's `unicode.IsPrint`), and no URL has dot segments. */
const fitsIntoPath = (name: string): boolean =>
  !/^\.{1,2}$/.test(name) && !/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(name);

/** Tells that the servers support a filter on the list of services; those before 1.14 ignore it. */
const takesFilters = (version: string): boolean => {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || Number(minor) >= 14;
};

/** Returns the version of the agent that answers, which handles the parameters; otherwise that of a server. */
const versionOf = async ({ sections }: Pick<Gathering, 'sections'>): Promise<string> => {
  const agent = await sections.agent();
  if (agent.visibility !== 'hidden') return agent.value.Config.Version;
  return rowsOf(await sections.servers()).find(({ version }) => version)?.version ?? '';
};

/** Finds the services with an instance that matches a condition. */
export const findServicesWhere = async (
  gathering: Reading & Pick<Gathering, 'sections'>,
  { catalog }: Condition,
): Promise<{
  readonly names: Section<readonly string[]>;
  /**
   * True if the services can be read by name. False if no path can carry one of the names, or if the servers are too
   * old for filters on the list of services: the names are then those of all services.
   */
  readonly isReadableByName: boolean;
}> => {
  const names = toServiceNames(
    await gathering.reads.ask((client, call) => client.catalogServices({ ...call, filter: catalog })),
  );
  if (names.visibility === 'hidden') return { names, isReadableByName: false };
  const version = await versionOf(gathering);
  // The service `consul` matches no condition: if it is listed, the filter was ignored.
  const ignored = version ? !takesFilters(version) : names.value.includes('consul');
  return { names, isReadableByName: !ignored && names.value.every(fitsIntoPath) };
};

/** Reads that several searches share. */
interface SharedReads {
  /** Reads the instances of a service, once. */
  readonly ofService: (name: string) => Promise<Section<readonly Instance[]>>;
  /** Reads the names of all nodes, once. */
  readonly nodeNames: () => Promise<Section<readonly string[]>>;
}

/**
 * Reads all instances that match a condition. Finds their services with one read and then reads each by name. Reads node by
 * node if that takes fewer reads, or if the services cannot be read by name.
 */
export const readInstancesWhere = async (
  gathering: NodeReading & Pick<Gathering, 'sections'>,
  condition: Condition,
  { ofService, nodeNames }: SharedReads,
): Promise<Section<readonly Instance[]>> => {
  const { names, isReadableByName } = await findServicesWhere(gathering, condition);
  if (names.visibility === 'hidden') return hidden(names.reason);
  if (!isReadableByName || names.value.length > manyServices) {
    const nodes = await nodeNames();
    if (!isReadableByName || (nodes.visibility === 'visible' && nodes.value.length < names.value.length)) {
      const found = await readInstancesOnNodes(gathering, nodes, condition);
      return combineSections(rowsOf(found), [names, found]);
    }
  }
  const found = await mapConcurrently(names.value, ofService);
  return combineSections(found.flatMap(rowsOf), [names, ...found]);
};

/**
 * Reads all instances that match a condition from a few nodes, which replaces a search for their services. Reads them again
 * by name, with their checks, if they are of few services.
 */
export const readInstancesOfFewNodes = async (
  gathering: NodeReading,
  condition: Condition,
  { ofService, nodeNames }: SharedReads,
): Promise<Section<readonly Instance[]>> => {
  const found = await readInstancesOnNodes(gathering, await nodeNames(), condition);
  const names = [...new Set(rowsOf(found).map(({ Service }) => Service.Service))];
  if (names.length > manyServices || !names.every(fitsIntoPath)) return found;
  const read = await mapConcurrently(names, ofService);
  return combineSections(read.flatMap(rowsOf), [found, ...read]);
};
