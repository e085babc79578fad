import { omitUndefined } from '../../omit-undefined';
import type { HttpRoute, Upstream } from '../../consul/wire';
import { rowsOf, visible } from '../../snapshot/section';
import type { Entry, Section } from '../../snapshot/snapshot';
import type { GatewayRoute, PeerRoute } from '../model';
import { orDefault, serviceKey } from '../names';
import { chainInputs, upstreamResolver } from '../traffic/resolve-upstream';
import { defineView } from '../view';
import { upstreamsTo } from './upstreams';

/** A service that an entry names, for one gateway. */
type Call = Pick<GatewayRoute, 'at' | 'gateway' | 'route' | 'protocol' | 'unbound' | 'rule' | 'named'>;

type NamedService = GatewayRoute['named'];

interface Reference extends NamedService {
  readonly Kind: string;
}

/** The reason why no listener of a gateway serves a route; undefined where one does, or Consul says nothing about it. */
const unboundReason = (
  { Status }: GatewayRoute['route'] & Partial<Pick<HttpRoute, 'Status'>>,
  gateway: string,
): string | undefined => {
  const conditions = Status?.Conditions ?? [];
  const bound = conditions.filter(({ Type, Resource }) => Type === 'Bound' && Resource?.Name === gateway);
  if (bound.length === 0 || bound.some(({ Status: is }) => is !== 'False')) return undefined;
  const refused = conditions.find(({ Type, Status: is }) => Type === 'Accepted' && is === 'False');
  return (refused ?? bound[0])?.Reason || 'FailedToBind';
};

const call = (
  gateway: GatewayRoute['gateway'],
  { entry, at }: Entry<GatewayRoute['route']>,
  {
    path,
    protocol,
    rule,
    named,
  }: {
    readonly path: string;
    readonly protocol: string;
    readonly rule?: number;
    readonly named: NamedService;
  },
): Call => ({
  gateway,
  route: entry,
  protocol,
  ...omitUndefined({ unbound: unboundReason(entry, gateway.name), rule }),
  at: { endpoint: at.endpoint, path: [at.path, path].filter(Boolean).join('.') },
  named,
});

/** `http-route front of api-gateway api-gateway`, or `ingress-gateway ingress`. */
export const routeLabel = ({ gateway, route }: Pick<GatewayRoute, 'gateway' | 'route'>): string =>
  route.Kind === 'ingress-gateway'
    ? `ingress-gateway ${gateway.name}`
    : `${route.Kind} ${route.Name} of ${gateway.kind} ${gateway.name}`;

/** The API gateways that a route asks to be bound to, as far as there are entries of them. */
const parentsOf = (
  parents: readonly Reference[],
  gateways: readonly string[] | undefined,
): readonly GatewayRoute['gateway'][] => {
  const named = parents
    .filter(({ Kind, Name }) => (Kind === '' || Kind === 'api-gateway') && (gateways?.includes(Name) ?? true))
    .map(({ Name }) => Name);
  return [...new Set(named)].map((name) => ({ kind: 'api-gateway', name }));
};

/** An upstream as Consul makes it of a route or listener. */
const upstreamOf = ({ Name, Namespace = '' }: NamedService): Upstream => ({
  DestinationType: 'service',
  DestinationName: Name,
  DestinationNamespace: Namespace,
  DestinationPartition: '',
  DestinationPeer: '',
  Datacenter: '',
  LocalBindSocketPath: '',
  Config: {},
  CentrallyConfigured: false,
});

/** A gateway in the place of a sidecar, so that what holds for upstreams holds for routes. */
const proxyOf = ({ gateway, at }: Call, upstream: Upstream, namespace: string): GatewayRoute['sidecar'] => {
  const proxy = {
    DestinationServiceName: gateway.name,
    DestinationServiceID: gateway.name,
    Mode: '',
    Config: {},
    Upstreams: [upstream],
  };
  return { at, node: '', id: gateway.name, service: gateway.name, namespace, proxy, shown: proxy };
};

/**
 * Resolves the services of HTTP routes. API gateways leave out the service-router of a name, and with it, unless there is
 * a splitter, the redirect of a resolver: calls then go to the service of that name here (seen with real traffic on 1.20.1,
 * and `agent/consul/discoverychain/gateway.go`).
 */
const httpRouteResolver = (
  values: Parameters<typeof upstreamResolver>[0],
  rely: Parameters<typeof upstreamResolver>[1],
) => {
  const resolve = upstreamResolver(values, rely);
  const resolveUnrouted = upstreamResolver(
    { ...values, discoveryChains: visible([]), serviceRouters: visible([]) },
    rely,
  );
  const named = <T extends { readonly Name: string; readonly Namespace?: string | undefined }>(
    section: Section<readonly Entry<T>[]>,
  ) => new Map(rowsOf(section).map(({ entry }) => [serviceKey(entry.Name, entry.Namespace), entry]));
  const routers = named(values.serviceRouters);
  const splitters = named(values.serviceSplitters);
  const resolvers = named(values.serviceResolvers);
  return (upstream: Upstream): Pick<GatewayRoute, 'targets' | 'unresolved' | 'leftOut'> => {
    const key = serviceKey(upstream.DestinationName, upstream.DestinationNamespace);
    const whole = resolve(upstream, {});
    if (!routers.has(key)) return whole;
    const isItself = !splitters.has(key) && Boolean(resolvers.get(key)?.Redirect);
    const used = isItself
      ? {
          targets: [
            {
              peer: '',
              datacenter: '',
              service: upstream.DestinationName,
              namespace: orDefault(upstream.DestinationNamespace),
              via: 'upstream' as const,
              trail: [],
            },
          ],
          unresolved: '',
        }
      : resolveUnrouted(upstream, {});
    const leftOut = whole.targets.filter(
      ({ peer, service }) =>
        peer !== '' && !used.targets.some((one) => one.peer === peer && one.service === service),
    );
    return leftOut.length > 0 ? { ...used, leftOut } : used;
  };
};

/** Every service that a route of an API gateway or a listener of an ingress gateway names, resolved. */
export const gatewayRoutesView = defineView({
  name: 'gatewayRoutes',
  description:
    'the services that API and ingress gateways call, resolved in the same way: `/v1/config/http-route`, `tcp-route`, `api-gateway`, `ingress-gateway`',
  needs: ['cluster', 'peer'],
  optional: ['httpRoutes', 'tcpRoutes', 'apiGateways', 'ingressGateways', ...chainInputs],
  compute: (values, { rely }): readonly GatewayRoute[] => {
    // Snapshots of an earlier version do not have these entries.
    const rows = <T>(section: Section<readonly T[]>): readonly T[] | undefined =>
      section.visibility === 'hidden' && section.reason.kind === 'not-gathered' ? [] : rely(section);
    const gateways = rows(values.apiGateways)?.map(({ entry }) => entry.Name);
    const calls: readonly Call[] = [
      ...(rows(values.httpRoutes) ?? []).flatMap((route) =>
        parentsOf(route.entry.Parents, gateways).flatMap((gateway) =>
          route.entry.Rules.flatMap(({ Services }, rule) =>
            Services.map((service, index) =>
              call(gateway, route, {
                path: `Rules[${rule}].Services[${index}]`,
                protocol: 'http',
                rule,
                named: service,
              }),
            ),
          ),
        ),
      ),
      ...(rows(values.tcpRoutes) ?? []).flatMap((route) =>
        parentsOf(route.entry.Parents, gateways).flatMap((gateway) =>
          route.entry.Services.map((named, index) =>
            call(gateway, route, { path: `Services[${index}]`, protocol: 'tcp', named }),
          ),
        ),
      ),
      ...(rows(values.ingressGateways) ?? []).flatMap((gateway) =>
        gateway.entry.Listeners.flatMap(({ Services, Protocol }, listener) =>
          Services.map((service, index) =>
            call({ kind: 'ingress-gateway', name: gateway.entry.Name }, gateway, {
              path: `Listeners[${listener}].Services[${index}]`,
              protocol: Protocol || 'tcp',
              named: service,
            }),
          ),
        ),
      ),
    ];
    const resolve = upstreamResolver(values, rely);
    const resolveHttpRoute = httpRouteResolver(values, rely);
    const routes = calls
      // `*` stands for the services of this cluster.
      .filter(({ named }) => named.Name !== '*')
      .map((one): GatewayRoute => {
        const upstream = upstreamOf(one.named);
        const namespace = orDefault(one.named.Namespace);
        return {
          ...one,
          sidecar: proxyOf(one, upstream, namespace),
          node: '',
          proxy: one.gateway.name,
          proxyId: one.gateway.name,
          index: 0,
          upstream,
          destination: one.named.Name,
          namespace,
          ...(one.route.Kind === 'http-route' ? resolveHttpRoute(upstream) : resolve(upstream, {})),
        };
      });
    return values.peer === undefined ? routes : upstreamsTo(routes, values.peer);
  },
});

/** Every target of a route at a peer, one row each. */
export const peerRoutesView = defineView({
  name: 'peerRoutes',
  description: 'the routes and listeners of gateways that reach a peer',
  needs: [gatewayRoutesView, 'peer'],
  compute: ({ gatewayRoutes, peer }): readonly PeerRoute[] =>
    gatewayRoutes.flatMap((route) =>
      route.targets
        .filter((target) => target.peer && (peer === undefined || target.peer === peer))
        .map(
          (target): PeerRoute => ({
            ...route,
            target,
            peer: target.peer,
            service: target.service,
          }),
        ),
    ),
});

/**
 * Returns the routes and listeners that leave their gateways without any configuration. Consul cannot make a TCP
 * listener whose first target is at a peer: an Envoy that starts gets nothing then, for no listener of its gateway
 * (measured on 1.20.1). Failover to a peer from a service here works.
 */
export const unservedRoutes = (routes: readonly PeerRoute[]): readonly PeerRoute[] =>
  routes.filter(
    ({ protocol, target, targets }) =>
      protocol === 'tcp' && target.via === 'redirect' && targets.indexOf(target) === 0,
  );
