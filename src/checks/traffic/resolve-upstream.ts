import { protocolOfUpstream } from '../../consul/upstream-protocol';
import type { PreparedQuery, Upstream } from '../../consul/wire';
import { rowsOf } from '../../snapshot/section';
import { evidence } from '../evidence';
import type { UpstreamTarget } from '../model';
import { orDefault } from '../names';
import type { InputValues, ViewTools } from '../view';
import { type ChainEntry, chainsByUpstream, compiledTargets } from './compiled-targets';
import { entriesByService, groupTargets, resolveChain } from './discovery-chain';
import type { ChainEntries } from './entries-in-chain';

/** The inputs that say what a name stands for. */
export const chainInputs = [
  'discoveryChains',
  'peerNames',
  'serviceRouters',
  'serviceSplitters',
  'serviceResolvers',
  'samenessGroups',
  'preparedQueries',
] as const;

type ChainValues = InputValues<'cluster', (typeof chainInputs)[number]>;

export interface Resolved {
  readonly targets: readonly UpstreamTarget[];
  /** Reason why it could not be resolved; empty where it was. */
  readonly unresolved: string;
}

const resolved = (targets: readonly UpstreamTarget[]): Resolved => ({ targets, unresolved: '' });
const unresolved = (reason: string): Resolved => ({ targets: [], unresolved: reason });

/** Resolves an upstream of type `prepared_query`. */
const resolveQuery = (
  entries: ChainEntries,
  queries: readonly PreparedQuery[] | undefined,
  name: string,
): Resolved => {
  if (!queries) return unresolved(`prepared query ${name} is not visible`);
  const index = queries.findIndex(
    (query) => query.ID === name || (query.Name === name && !query.Template?.Type),
  );
  const query = queries[index];
  if (!query) return unresolved(`no prepared query with the name or id ${name} is visible`);
  const { Service: service } = query;
  const at = { endpoint: '/v1/query', path: `[${index}]` };
  const target = (peer: string, datacenter: string, path: string, value: unknown): UpstreamTarget => ({
    peer,
    datacenter: datacenter === entries.datacenter ? '' : datacenter,
    service: service.Service,
    namespace: orDefault(service.Namespace),
    via: 'prepared-query',
    trail: [evidence(at, path, value)],
  });
  const group = service.SamenessGroup
    ? groupTargets(
        entries,
        service.SamenessGroup,
        target('', '', 'Service.SamenessGroup', service.SamenessGroup),
      )
    : [];
  return resolved([
    target(service.Peer, '', 'Service', service),
    ...group,
    ...(service.Failover?.Targets ?? []).map((failover, position) =>
      target(failover.Peer, failover.Datacenter, `Service.Failover.Targets[${position}]`, failover),
    ),
    ...(service.Failover?.Datacenters ?? []).map((datacenter, position) =>
      target('', datacenter, `Service.Failover.Datacenters[${position}]`, datacenter),
    ),
  ]);
};

/** The tenancy of the proxy that calls. */
interface ProxyOwner {
  readonly partition?: string | undefined;
  readonly namespace?: string | undefined;
}

/** Resolves what proxies call, by the chains that Consul compiled, else by the config entries. */
export const upstreamResolver = (
  values: ChainValues,
  rely: ViewTools['rely'],
): ((upstream: Upstream, owner: ProxyOwner) => Resolved) => {
  const { cluster } = values;
  const byPartition = new Map<string, ChainEntries>();
  const entriesOf = (partition: string): ChainEntries => {
    const known = byPartition.get(partition);
    if (known) return known;
    const entries: ChainEntries = {
      datacenter: cluster.datacenter,
      partition,
      routers: entriesByService(rely(values.serviceRouters), partition),
      splitters: entriesByService(rely(values.serviceSplitters), partition),
      resolvers: entriesByService(rely(values.serviceResolvers), partition),
      groups: rely(values.samenessGroups),
    };
    byPartition.set(partition, entries);
    return entries;
  };

  const chainOf = chainsByUpstream(rowsOf(values.discoveryChains));
  const names = rowsOf(values.peerNames);
  // Upstreams and resolvers name peers without regard to case, as Consul compares them (seen on 1.20.1).
  const peerNamed = (name: string): string =>
    names.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;

  const resolveTargets = (upstream: Upstream, owner: ProxyOwner): Resolved => {
    const service = upstream.DestinationName;
    const namespace = orDefault(upstream.DestinationNamespace || owner.namespace);
    const target = (peerName: string, datacenter: string): UpstreamTarget => ({
      peer: peerName,
      datacenter,
      service,
      namespace,
      via: 'upstream',
      trail: [],
    });
    // Consul takes a peer's service as it is: entries of this cluster do not apply to it.
    if (upstream.DestinationPeer) return resolved([target(upstream.DestinationPeer, '')]);
    if (!service) return unresolved('it has no destination_name');
    if (upstream.DestinationType === 'prepared_query') {
      return resolveQuery(entriesOf(orDefault(owner.partition)), rely(values.preparedQueries), service);
    }
    const compiled = chainOf(upstream);
    if (compiled) {
      const touching = [values.serviceRouters, values.serviceSplitters, values.serviceResolvers].flatMap(
        (section) => rowsOf<ChainEntry>(section),
      );
      return resolved(compiledTargets(compiled, touching, cluster.datacenter, peerNamed));
    }
    const entries = entriesOf(orDefault(upstream.DestinationPartition || owner.partition));
    return resolved(
      resolveChain(entries, {
        service,
        namespace,
        datacenter: upstream.Datacenter,
        protocol: protocolOfUpstream(upstream),
      }),
    );
  };

  const spelled = (target: UpstreamTarget): UpstreamTarget =>
    target.peer === '' ? target : { ...target, peer: peerNamed(target.peer) };
  return (upstream, owner) => {
    const { targets, unresolved: reason } = resolveTargets(upstream, owner);
    return { targets: targets.map(spelled), unresolved: reason };
  };
};
