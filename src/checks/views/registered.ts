import type { Proxy, ProxyDefaults, ServiceDefaults, Upstream } from '../../consul/wire';
import type { Entry, Section, SidecarInstance } from '../../snapshot/snapshot';
import { orDefault } from '../names';
import type { ViewSections } from '../views';
import { type Central, centralOf, type Defaults, isFor, type ProxyEntry } from './central';
import { derive } from './derive';

/**
 * What was registered, out of what the catalog shows. The agent lays central configuration over a sidecar's
 * registration before it writes it to the catalog (measured on 1.20.1: modes, options, even upstreams; Consul
 * dataplane and mesh gateways do not). A mode from proxy-defaults then looks as if the upstream had set it, and a
 * registration that is repeated as shown would keep it for ever.
 *
 * What is equal to what central configuration gives is taken to come from there. Source of the merge:
 * `agent/configentry/merge_service_config.go` and `resolve.go` of Consul 1.20.
 */
export interface RegisteredSidecar extends SidecarInstance {
  /** The proxy as the catalog and the agent show it. */
  readonly shown: Proxy;
}

type Fields = Readonly<Record<string, unknown>>;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const field = (entry: Entry<ServiceDefaults | ProxyDefaults> | undefined, name: string): unknown =>
  (entry?.entry as Fields | undefined)?.[name];

/** The options that service-defaults give a proxy, by the name that they have in `Proxy.Config`. */
const serviceOptions: Readonly<Record<string, string>> = {
  balance_inbound_connections: 'BalanceInboundConnections',
  local_connect_timeout_ms: 'LocalConnectTimeoutMs',
  local_request_timeout_ms: 'LocalRequestTimeoutMs',
  max_inbound_connections: 'MaxInboundConnections',
  protocol: 'Protocol',
};

/** And those that they give an upstream, by the name that they have in its `Config`. */
const upstreamOptions: Readonly<Record<string, string>> = {
  balance_outbound_connections: 'BalanceOutboundConnections',
  connect_timeout_ms: 'ConnectTimeoutMs',
  envoy_cluster_json: 'EnvoyClusterJSON',
  envoy_listener_json: 'EnvoyListenerJSON',
  limits: 'Limits',
  passive_health_check: 'PassiveHealthCheck',
  protocol: 'Protocol',
};

/** The options that none of the sources gives with the same value. */
const ownOptions = (config: Fields, sources: readonly Fields[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(config).filter(
      ([key, value]) => !sources.some((source) => key in source && same(source[key], value)),
    ),
  );

const named = (entry: Fields | null | undefined, names: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(
    Object.entries(names).flatMap(([option, name]) => (entry?.[name] ? [[option, entry[name]]] : [])),
  );

const ownMode = <T extends { readonly Mode: string }>(
  holder: T | null | undefined,
  given: string | undefined,
): T | null | undefined => (holder && given && holder.Mode === given ? null : holder);

const modeOf = (holder: { readonly Mode: string } | null | undefined): string => holder?.Mode ?? '';

/** The mode of service-defaults, else of proxy-defaults. */
const sharedMode = (service: Defaults, proxies: ProxyEntry): string =>
  modeOf(service?.entry.MeshGateway) || modeOf(proxies?.entry.MeshGateway);

const ownUpstream = (
  upstream: Upstream,
  sidecar: SidecarInstance,
  {
    service,
    proxies,
    mode,
  }: { readonly service: Defaults; readonly proxies: ProxyEntry; readonly mode: string },
): Upstream => {
  const central = service?.entry.UpstreamConfig;
  const override = central?.Overrides.find((one) =>
    isFor(one, {
      destination: upstream.DestinationName,
      namespace: orDefault(upstream.DestinationNamespace || sidecar.namespace),
      peer: upstream.DestinationPeer,
    }),
  );
  const given =
    modeOf(override?.MeshGateway) ||
    mode ||
    modeOf(central?.Defaults?.MeshGateway) ||
    sharedMode(service, proxies);
  return {
    ...upstream,
    MeshGateway: ownMode(upstream.MeshGateway, given),
    Config: ownOptions(upstream.Config, [
      named(override, upstreamOptions),
      named(central?.Defaults, upstreamOptions),
      named(proxies?.entry.Config, { protocol: 'protocol' }),
    ]),
  };
};

const centralOptions = (service: Defaults, proxies: ProxyEntry): readonly Fields[] => [
  named(service?.entry, serviceOptions),
  { ...proxies?.entry.Config },
];

/**
 * A sidecar as it was registered. Options whose values the snapshot withholds stay: they could be its own.
 * Upstreams keep their places, those that Consul added (`CentrallyConfigured`) among them.
 */
const registeredSidecar = (sidecar: SidecarInstance, central: Central): RegisteredSidecar => {
  const { proxy, withheld = [], managedBy } = sidecar;
  if (managedBy === 'dataplane' || managedBy === 'catalog') return { ...sidecar, shown: proxy };
  const service = central.serviceOf(sidecar);
  const proxies = central.proxyIn(sidecar.partition);
  const MeshGateway = ownMode(proxy.MeshGateway, sharedMode(service, proxies));
  const mode = modeOf(MeshGateway);
  const given = (name: string): boolean =>
    [service, proxies].some(
      (entry) => Object.keys((field(entry, name) as object | null | undefined) ?? {}).length > 0,
    );
  const isHidden = (key: string): boolean => withheld.some((path) => path.startsWith(`/Proxy/Config/${key}`));
  const own = ownOptions(proxy.Config, centralOptions(service, proxies));
  return {
    ...sidecar,
    shown: proxy,
    proxy: {
      ...proxy,
      MeshGateway,
      Mode: proxy.Mode === (service?.entry.Mode || proxies?.entry.Mode) ? '' : proxy.Mode,
      Config: Object.fromEntries(Object.entries(proxy.Config).filter(([key]) => key in own || isHidden(key))),
      Upstreams: proxy.Upstreams.map((upstream) =>
        ownUpstream(upstream, sidecar, { service, proxies, mode }),
      ),
      TransparentProxy: given('TransparentProxy') ? null : proxy.TransparentProxy,
      Expose: given('Expose') ? null : proxy.Expose,
      AccessLogs: given('AccessLogs') ? null : proxy.AccessLogs,
      // The agent replaces a registration's own by those of central configuration.
      EnvoyExtensions: null,
    },
  };
};

/** The sidecars as they were registered. Central configuration that cannot be seen is not taken out of them. */
export const registeredOf = (views: ViewSections): Section<readonly RegisteredSidecar[]> =>
  derive(views, ['sidecars'], ({ sidecars }) => {
    const { serviceDefaults, proxyDefaults } = views;
    const central = centralOf(
      serviceDefaults.seen === 'none' ? [] : serviceDefaults.value,
      proxyDefaults.seen === 'none' ? [] : proxyDefaults.value,
    );
    return sidecars.map((sidecar) => registeredSidecar(sidecar, central));
  });
