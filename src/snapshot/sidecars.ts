import type { AgentService, HealthCheck, Node } from '../consul/wire';
import { namesWhere, readInstances, readNodeNames } from './catalog';
import {
  type Condition,
  peerOrTransparentSidecars,
  peerSidecars,
  sidecarsNaming,
  sidecarsWithUpstreams,
} from './filters';
import type { Gathering } from './gathering';
import { leadingToPeers } from './leads';
import { redactedMeta, redactedService } from './redact';
import { mapped, restingOn, rowsOf, sectionOf } from './section';
import type { At, Section, SidecarInstance } from './snapshot';

/** More service names than this are read node by node, where there are fewer nodes than names. */
const manyNames = 200;

/**
 * Who registered it. An agent gives its node a check of its own and metadata (`consul-network-segment`, empty in
 * Consul CE); Consul dataplane marks the nodes that it makes up.
 */
const managerOf = (node: Node, checks: readonly HealthCheck[]): NonNullable<SidecarInstance['managedBy']> => {
  if (node.Meta['synthetic-node'] === 'true') return 'dataplane';
  const isAgent =
    'consul-network-segment' in node.Meta || checks.some(({ CheckID }) => CheckID === 'serfHealth');
  return isAgent ? 'agent' : 'catalog';
};

/** Undefined for what is no sidecar. */
const sidecarOf = (
  service: AgentService,
  node: Node,
  rest: { readonly at: At; readonly checks: readonly HealthCheck[]; readonly withheld: readonly string[] },
): SidecarInstance | undefined => {
  const { Proxy, Tags, Address, TaggedAddresses, Meta, Port, SocketPath, EnableTagOverride, Weights } =
    service;
  if (service.Kind !== 'connect-proxy' || !Proxy) return undefined;
  return {
    at: rest.at,
    node: node.Node,
    id: service.ID,
    service: service.Service,
    ...(service.Partition === undefined ? {} : { partition: service.Partition }),
    ...(service.Namespace === undefined ? {} : { namespace: service.Namespace }),
    proxy: Proxy,
    registration: {
      Tags,
      Address,
      TaggedAddresses,
      Meta,
      Port,
      ...(SocketPath === undefined ? {} : { SocketPath }),
      ...(EnableTagOverride === undefined ? {} : { EnableTagOverride }),
      Weights,
    },
    withheld: rest.withheld,
    managedBy: managerOf(node, rest.checks),
  };
};

const isDefined = <T>(value: T | undefined): value is T => value !== undefined;

type Found = Section<readonly SidecarInstance[]>;

const ofService = async (gathering: Gathering, name: string): Promise<Found> =>
  mapped(await readInstances(gathering, name), (rows) =>
    rows
      .map(({ Node: node, Service: service, Checks: checks, at, withheld = [] }) =>
        sidecarOf(service, node, {
          at,
          checks,
          withheld: withheld.map((path) => path.slice('/Service'.length)),
        }),
      )
      .filter(isDefined),
  );

const ofNode = async ({ reads }: Gathering, name: string, filter: string): Promise<Found> => {
  const answer = await reads.ask((client, call) => client.nodeServices(name, { ...call, filter }));
  const endpoint = answer.ok ? answer.meta.endpoint : '';
  return mapped(sectionOf(answer, ['service', 'node']), ({ Node: node, Services }) => {
    if (!node) return [];
    const redacted = { ...node, Meta: redactedMeta(node.Meta) };
    return Services.map((service, index) => {
      const { value, withheld } = redactedService(service);
      const at = { endpoint, path: `Services[${index}]` };
      return sidecarOf(value, redacted, { at, checks: [], withheld });
    }).filter(isDefined);
  });
};

/** Consul refuses paths with anything in them that does not print (Go's `unicode.IsPrint`); no URL has dot segments. */
const isAskedByName = (name: string): boolean =>
  !/^\.{1,2}$/.test(name) && !/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(name);

/**
 * The sidecars that fit a condition in full: name by name, or node by node where that takes fewer reads, or where
 * a service is called so that nobody can ask for it.
 */
const sidecarsWhere = async (gathering: Gathering, condition: Condition): Promise<Found> => {
  const names = await namesWhere(gathering, condition);
  const services = rowsOf(names);
  const odd = !services.every(isAskedByName);
  const nodes = odd || services.length > manyNames ? await readNodeNames(gathering) : undefined;
  const found =
    nodes?.seen === 'all' && (odd || nodes.value.length < services.length)
      ? await Promise.all(nodes.value.map((node) => ofNode(gathering, node, condition.node)))
      : await Promise.all(services.map((name) => ofService(gathering, name)));
  return restingOn(found.flatMap(rowsOf), [names, ...found]);
};

/** What a name that a stream reports may mean: Enterprise puts namespaces before it, and names may hold slashes. */
const namesIn = (reported: string): readonly string[] => [
  reported,
  reported.slice(reported.lastIndexOf('/') + 1),
];

/**
 * Services to whose names a sidecar may have an upstream that names no peer and still leads to one: by a config
 * entry, or by mistake, since only a peer has such a service.
 */
const doubtful = async ({ sections }: Gathering): Promise<readonly string[] | 'all'> => {
  const [peerings, names, resolvers, routers, splitters, groups] = await Promise.all([
    sections.peerings(),
    sections.serviceNames(),
    sections.serviceResolvers(),
    sections.serviceRouters(),
    sections.serviceSplitters(),
    sections.samenessGroups(),
  ]);
  const peers = peerings.seen === 'none' ? [] : peerings.value.list;
  // Enterprise: every service of the partition fails over to the members of the group.
  if (rowsOf(groups).some(({ entry }) => entry['DefaultForFailover'] === true)) return 'all';
  const local = new Set(rowsOf(names).map(({ name }) => name));
  const imported = peers
    .flatMap(({ StreamStatus }) => StreamStatus?.ImportedServices ?? [])
    .flatMap(namesIn)
    .filter((name) => !local.has(name));
  const bent = leadingToPeers({
    resolvers: rowsOf(resolvers).map(({ entry }) => entry),
    routers: rowsOf(routers).map(({ entry }) => entry),
    splitters: rowsOf(splitters).map(({ entry }) => entry),
  });
  return [...new Set([...imported, ...bent])].sort();
};

/**
 * The sidecars that matter to peering. Those with an upstream that names a peer are found without knowing
 * anything else; those with an upstream that leads to a peer without naming it once names and entries are known.
 */
export const readSidecars = async (gathering: Gathering): Promise<Found> => {
  const byName = async (): Promise<Found> => {
    const names = await doubtful(gathering);
    const conditions = names === 'all' ? [sidecarsWithUpstreams] : sidecarsNaming(names);
    const found = await Promise.all(conditions.map((condition) => sidecarsWhere(gathering, condition)));
    return restingOn(found.flatMap(rowsOf), found);
  };
  const found = await Promise.all([
    sidecarsWhere(gathering, gathering.thorough ? peerOrTransparentSidecars : peerSidecars),
    byName(),
  ]);
  // One that was found both ways is one.
  const unique = new Map(found.flatMap(rowsOf).map((sidecar) => [keyOf(sidecar), sidecar]));
  return restingOn([...unique.values()], found);
};

const keyOf = ({ partition, namespace, node, id }: SidecarInstance): string =>
  JSON.stringify([partition, namespace, node, id]);
