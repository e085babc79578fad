import type { PreparedQuery, Upstream } from '../../consul/wire';
import { rowsOf } from '../../snapshot/section';
import type { SidecarInstance } from '../../snapshot/snapshot';
import { type ChainEntries, entriesByService, groupTargets, resolveChain } from '../traffic/discovery-chain';
import { type ChainEntry, chainsByUpstream, compiledTargets } from '../traffic/compiled-targets';
import { evidence } from '../evidence';
import type { PeerUpstream, RegisteredSidecar, ResolvedUpstream, UpstreamTarget } from '../model';
import { orDefault } from '../names';
import { sidecarProxyAt } from '../traffic/sidecar-location';
import { defineView } from '../view';
import { registeredSidecarsView } from './registered-sidecars';

interface Resolved {
  readonly targets: readonly UpstreamTarget[];
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
    ...(service.Failover?.Targets ?? []).map((failover, place) =>
      target(failover.Peer, failover.Datacenter, `Service.Failover.Targets[${place}]`, failover),
    ),
    ...(service.Failover?.Datacenters ?? []).map((datacenter, place) =>
      target('', datacenter, `Service.Failover.Datacenters[${place}]`, datacenter),
    ),
  ]);
};

/** Keeps the upstreams that concern one peer: those that reach no peer at all may be meant for it. */
const upstreamsTo = (upstreams: readonly ResolvedUpstream[], peer: string): readonly ResolvedUpstream[] =>
  upstreams.filter(({ targets }) => {
    const peers = targets.map((target) => target.peer).filter(Boolean);
    return peers.length === 0 || peers.includes(peer);
  });

/** Every explicit upstream of the visible sidecars, resolved. */
export const upstreamsView = defineView({
  name: 'upstreams',
  description:
    'the upstreams of sidecars and the services that they reach: registrations, `service-router`, `service-splitter`, `service-resolver`, `sameness-group`, `/v1/query`; what config entries touch is compiled by Consul itself: `/v1/discovery-chain/:service`',
  needs: [registeredSidecarsView, 'cluster', 'peer'],
  optional: [
    'discoveryChains',
    'peerNames',
    'serviceRouters',
    'serviceSplitters',
    'serviceResolvers',
    'samenessGroups',
    'preparedQueries',
  ],
  compute: (values, { rely }): readonly ResolvedUpstream[] => {
    const { registeredSidecars, cluster, peer } = values;
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

    const resolveTargets = (upstream: Upstream, sidecar: SidecarInstance): Resolved => {
      const service = upstream.DestinationName;
      const namespace = orDefault(upstream.DestinationNamespace || sidecar.namespace);
      const target = (peerName: string, datacenter: string): UpstreamTarget => ({
        peer: peerName,
        datacenter,
        service,
        namespace,
        via: 'upstream',
        trail: [],
      });
      // Consul takes a peer's service as it is: entries of this cluster do not apply to it.
      if (upstream.DestinationPeer) return resolved([target(peerNamed(upstream.DestinationPeer), '')]);
      if (!service) return unresolved('it has no destination_name');
      if (upstream.DestinationType === 'prepared_query') {
        return resolveQuery(entriesOf(orDefault(sidecar.partition)), rely(values.preparedQueries), service);
      }
      const compiled = chainOf(upstream);
      if (compiled) {
        const touching = [values.serviceRouters, values.serviceSplitters, values.serviceResolvers].flatMap(
          (section) => rowsOf<ChainEntry>(section),
        );
        return resolved(compiledTargets(compiled, touching, cluster.datacenter, peerNamed));
      }
      if (upstream.Datacenter && upstream.Datacenter !== cluster.datacenter) {
        return resolved([target('', upstream.Datacenter)]);
      }
      const entries = entriesOf(orDefault(upstream.DestinationPartition || sidecar.partition));
      return resolved(resolveChain(entries, { service, namespace, via: 'upstream', trail: [] }));
    };

    const resolveUpstream = (
      sidecar: RegisteredSidecar,
      upstream: Upstream,
      index: number,
    ): ResolvedUpstream => ({
      at: sidecarProxyAt(sidecar, `Upstreams[${index}]`),
      sidecar,
      node: sidecar.node,
      proxy: sidecar.service,
      proxyId: sidecar.id,
      index,
      upstream,
      destination: upstream.DestinationName,
      namespace: orDefault(upstream.DestinationNamespace || sidecar.namespace),
      ...resolveTargets(upstream, sidecar),
    });
    const upstreams = registeredSidecars.flatMap((sidecar) =>
      sidecar.shown.Upstreams.flatMap((upstream, index) =>
        upstream.CentrallyConfigured ? [] : [resolveUpstream(sidecar, upstream, index)],
      ),
    );
    return peer === undefined ? upstreams : upstreamsTo(upstreams, peer);
  },
});

/** Every target of an upstream at a peer, one row each: an upstream with failover may have several. */
export const peerUpstreamsView = defineView({
  name: 'peerUpstreams',
  description: 'the upstreams that reach a peer, resolved in the same way',
  needs: [upstreamsView, 'peer'],
  compute: ({ upstreams, peer }): readonly PeerUpstream[] =>
    upstreams.flatMap((upstream) =>
      upstream.targets
        .filter((target) => target.peer && (peer === undefined || target.peer === peer))
        .map((target) => ({ ...upstream, target, peer: target.peer, service: target.service })),
    ),
});
