import type { AgentService, HealthCheck, Node } from '../consul/wire';
import type { Condition } from './relevance-filters';
import type { Gathering } from './gathering';
import { redactMeta, redactService } from './redact';
import { mapSection, hidden, combineSections, rowsOf, sectionOf } from './section';
import { toServiceNames } from './service-names';
import type { SourceLocation, Section } from './snapshot';
import { mapConcurrently } from './concurrency';

/** An instance of a service, without what may be secret. */
export interface Instance {
  readonly at: SourceLocation;
  readonly Node: Node;
  readonly Service: AgentService;
  /** Absent where the instance was read with its node. */
  readonly Checks?: readonly HealthCheck[];
  /** Paths below the registration whose values were taken out: `/Proxy/Config/x`. */
  readonly withheld: readonly string[];
}

type Reading = Pick<Gathering, 'reads'>;

const redactedNode = (node: Node): Node => ({ ...node, Meta: redactMeta(node.Meta) });

/** The instances of one service, with their checks. */
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
      return { at, Node: redactedNode(Node), Service: value, Checks, withheld };
    }),
  );
};

/** The instances of one node that fit a filter. Servers take one here since 1.7. */
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
          return { at, Node: redactedNode(node), Service: value, withheld };
        })
      : [],
  );
};

/** More services than this are read node by node, where there are fewer nodes than services. */
export const manyServices = 200;

/** Consul refuses paths with anything in them that does not print (Go's `unicode.IsPrint`); no URL has dot segments. */
const isAskedByName = (name: string): boolean =>
  !/^\.{1,2}$/.test(name) && !/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(name);

/** Whether the servers take a filter on the list of services; those before 1.14 answer as if there were none. */
const takesFilters = (version: string): boolean => {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || Number(minor) >= 14;
};

/** The version of the answering agent, which decides what becomes of parameters; else of a server. */
const versionOf = async ({ sections }: Pick<Gathering, 'sections'>): Promise<string> => {
  const agent = await sections.agent();
  if (agent.visibility !== 'hidden') return agent.value.Config.Version;
  return rowsOf(await sections.servers()).find(({ version }) => version)?.version ?? '';
};

/** The services of which an instance fits a condition. */
export const findServicesWhere = async (
  gathering: Reading & Pick<Gathering, 'sections'>,
  { catalog }: Condition,
): Promise<{
  readonly names: Section<readonly string[]>;
  /**
   * Whether they can be asked for by name: not where one is called so that nobody can ask for it, and where the
   * servers are too old to take filters on the list of services, so that the names are those of all.
   */
  readonly askable: boolean;
}> => {
  const names = toServiceNames(
    await gathering.reads.ask((client, call) => client.catalogServices({ ...call, filter: catalog })),
  );
  if (names.visibility === 'hidden') return { names, askable: false };
  const version = await versionOf(gathering);
  // The service `consul` fits no condition that is asked for: where it is listed, the filter was ignored.
  const ignored = version ? !takesFilters(version) : names.value.includes('consul');
  return { names, askable: !ignored && names.value.every(isAskedByName) };
};

/**
 * All instances that fit a condition. Their services are found in one read and then asked for by name, through
 * `ofService`, so that no service is asked for twice; node by node where that takes fewer reads, and where they
 * cannot be asked for by name.
 */
export const readInstancesWhere = async (
  gathering: Reading & Pick<Gathering, 'sections'>,
  condition: Condition,
  ofService: (name: string) => Promise<Section<readonly Instance[]>>,
): Promise<Section<readonly Instance[]>> => {
  const { names, askable } = await findServicesWhere(gathering, condition);
  if (names.visibility === 'hidden') return hidden(names.reason);
  if (!askable || names.value.length > manyServices) {
    const answer = await gathering.reads.ask((client, call) => client.catalogNodes(call));
    const nodes = mapSection(sectionOf(answer, ['node']), (rows) => rows.map((row) => row.Node));
    if (!askable || (nodes.visibility === 'visible' && nodes.value.length < names.value.length)) {
      const found = await mapConcurrently(rowsOf(nodes), (name) =>
        instancesOfNode(gathering, name, condition.node),
      );
      return combineSections(found.flatMap(rowsOf), [names, nodes, ...found]);
    }
  }
  const found = await mapConcurrently(names.value, ofService);
  return combineSections(found.flatMap(rowsOf), [names, ...found]);
};
