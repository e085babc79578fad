import type { PreparedQuery, Upstream } from '../../consul/wire';
import type { At, Section, SidecarInstance } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import { orDefault } from '../names';
import type { ViewSections } from '../views';
import { byService, type Chain, follow, type Reach, throughGroup } from './chain';
import { derive } from './derive';
import type { RegisteredSidecar } from './registered';

/** An upstream as a registration states it, with where it leads. */
export interface ResolvedUpstream {
  /** Where the upstream itself was read. */
  readonly at: At;
  /** As it was registered: what central configuration adds is in `shown` alone. */
  readonly sidecar: RegisteredSidecar;
  readonly node: string;
  /** The sidecar's own service name, such as `web-sidecar-proxy`. */
  readonly proxy: string;
  readonly proxyId: string;
  /** Its place in `Proxy.Upstreams`. */
  readonly index: number;
  /** As it is shown. */
  readonly upstream: Upstream;
  /** `DestinationName`; empty where an old Consul let that in. */
  readonly destination: string;
  readonly namespace: string;
  /** Empty where nothing could be resolved. */
  readonly reaches: readonly Reach[];
  /** Why it could not be resolved; empty where it was. */
  readonly unresolved: string;
}

/** One way of an upstream to a service of a peer. */
export interface PeerUpstream extends ResolvedUpstream {
  readonly reach: Reach;
  readonly peer: string;
  /** The service at the peer, after redirects. */
  readonly service: string;
}

/** The path of `Proxy` below a row of the endpoint that the row was read from. */
const proxyPath = (at: At): string => {
  if (/^\/v1\/catalog\/(service|connect)\//.test(at.endpoint)) return 'ServiceProxy';
  return at.endpoint.startsWith('/v1/health/') ? 'Service.Proxy' : 'Proxy';
};

/** Where a value below `Proxy` of a sidecar was read. */
export const sidecarProxyAt = (sidecar: Pick<SidecarInstance, 'at'>, path: string): At => ({
  endpoint: sidecar.at.endpoint,
  path: [sidecar.at.path, proxyPath(sidecar.at), path].filter(Boolean).join('.'),
});

interface Resolved {
  readonly reaches: readonly Reach[];
  readonly unresolved: string;
}

const resolved = (reaches: readonly Reach[]): Resolved => ({ reaches, unresolved: '' });
const unresolved = (reason: string): Resolved => ({ reaches: [], unresolved: reason });

const throughQuery = (
  chain: Chain,
  queries: readonly PreparedQuery[] | undefined,
  name: string,
): Resolved => {
  if (!queries) return unresolved(`prepared query ${name} could not be read`);
  const index = queries.findIndex(
    (query) => query.ID === name || (query.Name === name && !query.Template?.Type),
  );
  const query = queries[index];
  if (!query) return unresolved(`no prepared query with the name or id ${name} could be seen`);
  const { Service: service } = query;
  const at = { endpoint: '/v1/query', path: `[${index}]` };
  const reach = (peer: string, datacenter: string, path: string, value: unknown): Reach => ({
    peer,
    datacenter: datacenter === chain.datacenter ? '' : datacenter,
    service: service.Service,
    namespace: orDefault(service.Namespace),
    via: 'prepared-query',
    trail: [evidence(at, path, value)],
  });
  const group = service.SamenessGroup
    ? throughGroup(
        chain,
        service.SamenessGroup,
        reach('', '', 'Service.SamenessGroup', service.SamenessGroup),
      )
    : [];
  return resolved([
    reach(service.Peer, '', 'Service', service),
    ...group,
    ...(service.Failover?.Targets ?? []).map((target, place) =>
      reach(target.Peer, target.Datacenter, `Service.Failover.Targets[${place}]`, target),
    ),
    ...(service.Failover?.Datacenters ?? []).map((datacenter, place) =>
      reach('', datacenter, `Service.Failover.Datacenters[${place}]`, datacenter),
    ),
  ]);
};

/** Every explicit upstream of the sidecars seen, resolved. */
export const upstreamsOf = (views: ViewSections): Section<readonly ResolvedUpstream[]> =>
  derive(views, ['registered', 'cluster'], ({ registered, cluster }, look) => {
    const chains = new Map<string, Chain>();
    const chainOf = (partition: string): Chain => {
      const known = chains.get(partition);
      if (known) return known;
      const chain: Chain = {
        datacenter: cluster.datacenter,
        partition,
        routers: byService(look('serviceRouters'), partition),
        splitters: byService(look('serviceSplitters'), partition),
        resolvers: byService(look('serviceResolvers'), partition),
        groups: look('samenessGroups'),
      };
      chains.set(partition, chain);
      return chain;
    };

    const lead = (upstream: Upstream, sidecar: SidecarInstance): Resolved => {
      const service = upstream.DestinationName;
      const namespace = orDefault(upstream.DestinationNamespace || sidecar.namespace);
      const reach = (peer: string, datacenter: string): Reach => ({
        peer,
        datacenter,
        service,
        namespace,
        via: 'upstream',
        trail: [],
      });
      // Consul takes a peer's service as it is: entries of this cluster do not bend it.
      if (upstream.DestinationPeer) return resolved([reach(upstream.DestinationPeer, '')]);
      if (!service) return unresolved('it has no destination_name');
      if (upstream.DestinationType === 'prepared_query') {
        return throughQuery(chainOf(orDefault(sidecar.partition)), look('preparedQueries'), service);
      }
      if (upstream.Datacenter && upstream.Datacenter !== cluster.datacenter) {
        return resolved([reach('', upstream.Datacenter)]);
      }
      const chain = chainOf(orDefault(upstream.DestinationPartition || sidecar.partition));
      return resolved(follow(chain, { service, namespace, via: 'upstream', trail: [] }));
    };

    const resolve = (sidecar: RegisteredSidecar, upstream: Upstream, index: number): ResolvedUpstream => ({
      at: sidecarProxyAt(sidecar, `Upstreams[${index}]`),
      sidecar,
      node: sidecar.node,
      proxy: sidecar.service,
      proxyId: sidecar.id,
      index,
      upstream,
      destination: upstream.DestinationName,
      namespace: orDefault(upstream.DestinationNamespace || sidecar.namespace),
      ...lead(upstream, sidecar),
    });
    return registered.flatMap((sidecar) =>
      sidecar.shown.Upstreams.flatMap((upstream, index) =>
        upstream.CentrallyConfigured ? [] : [resolve(sidecar, upstream, index)],
      ),
    );
  });

/** Every way of an upstream to a peer: one row for each, so that an upstream with failover may have several. */
export const peerUpstreamsOf = (views: ViewSections): Section<readonly PeerUpstream[]> =>
  derive(views, ['upstreams'], ({ upstreams }) =>
    upstreams.flatMap((upstream) =>
      upstream.reaches
        .filter((reach) => reach.peer)
        .map((reach) => ({ ...upstream, reach, peer: reach.peer, service: reach.service })),
    ),
  );
