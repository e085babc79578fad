import type { Answer } from '../consul/answer';
import type { ServiceHealth, ServiceTags } from '../consul/wire';
import { type Condition, meshGateways } from './filters';
import type { Gathering } from './gathering';
import { redactedMeta, redactedService } from './redact';
import { mapped, none, restingOn, rowsOf, sectionOf } from './section';
import type { GatewayInstance, Section, ServiceName } from './snapshot';

export const readServiceNames = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<Section<readonly ServiceName[]>> => {
  const answer = await reads.ask((client, call) => client.catalogServices(call));
  return mapped(namesIn(answer), (names) => names.map((name) => ({ name })));
};

const namesIn = (answer: Answer<ServiceTags>): Section<readonly string[]> => {
  const section = sectionOf(answer, ['service']);
  return section.seen === 'none' ? section : restingOn(Object.keys(section.value), [section]);
};

/** Whether the servers take a filter on the list of services; those before 1.14 answer as if there were none. */
const takesFilters = (version: string): boolean => {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || Number(minor) >= 14;
};

/** The version of the answering agent, which decides what becomes of parameters; else of the servers. */
const versionOf = async ({ sections }: Pick<Gathering, 'sections'>): Promise<string> => {
  const agent = await sections.agent();
  if (agent.seen !== 'none') return agent.value.Config.Version;
  return rowsOf(await sections.servers()).find(({ version }) => version)?.version ?? '';
};

/** All nodes by name. */
export const readNodeNames = async ({
  reads,
}: Pick<Gathering, 'reads'>): Promise<Section<readonly string[]>> =>
  mapped(sectionOf(await reads.ask((client, call) => client.catalogNodes(call)), ['node']), (nodes) =>
    nodes.map(({ Node }) => Node),
  );

/**
 * The names of the services with an instance that fits a condition: one read, where the servers take filters on
 * it. Where they are too old for that, every node is asked, as `/v1/catalog/node-services` takes filters since 1.7.
 */
export const namesWhere = async (
  gathering: Pick<Gathering, 'reads' | 'sections'>,
  { catalog, node }: Condition,
): Promise<Section<readonly string[]>> => {
  const { reads } = gathering;
  const answer = await reads.ask((client, call) => client.catalogServices({ ...call, filter: catalog }));
  const names = namesIn(answer);
  const version = await versionOf(gathering);
  // The service `consul` fits no condition that is asked for: where it is listed, the filter was ignored.
  const ignored = version ? !takesFilters(version) : rowsOf(names).includes('consul');
  if (names.seen === 'none' || !ignored) return names;

  const nodes = await readNodeNames(gathering);
  const found = await Promise.all(
    rowsOf(nodes).map(async (name) =>
      sectionOf(await reads.ask((client, call) => client.nodeServices(name, { ...call, filter: node })), [
        'service',
        'node',
      ]),
    ),
  );
  const services = found.flatMap((section) => (section.seen === 'none' ? [] : section.value.Services));
  return restingOn([...new Set(services.map(({ Service }) => Service))], [nodes, ...found]);
};

/** An instance without what may be secret. Paths of what was taken out are below the row: `/Service/Meta/x`. */
const redactedInstance = (row: ServiceHealth, endpoint: string, index: number): GatewayInstance => {
  const { value, withheld } = redactedService(row.Service);
  return {
    Node: { ...row.Node, Meta: redactedMeta(row.Node.Meta) },
    Service: value,
    Checks: row.Checks,
    at: { endpoint, path: `[${index}]` },
    withheld: withheld.map((path) => `/Service${path}`),
  };
};

/** The instances of a service with their checks, and where each was read. */
export const readInstances = async (
  { reads }: Pick<Gathering, 'reads'>,
  name: string,
): Promise<Section<readonly GatewayInstance[]>> => {
  const answer = await reads.ask((client, call) => client.healthService(name, call));
  const endpoint = answer.ok ? answer.meta.endpoint : '';
  return mapped(sectionOf(answer, ['service', 'node']), (rows) =>
    rows.map((row, index) => redactedInstance(row, endpoint, index)),
  );
};

export const readGateways = async (
  gathering: Pick<Gathering, 'reads' | 'sections'>,
): Promise<Section<readonly GatewayInstance[]>> => {
  const names = await namesWhere(gathering, meshGateways);
  if (names.seen === 'none') return none(names.missing);
  const instances = await Promise.all(names.value.map((name) => readInstances(gathering, name)));
  const gateways = instances.flatMap(rowsOf).filter(({ Service }) => Service.Kind === 'mesh-gateway');
  return restingOn(gateways, [names, ...instances]);
};
