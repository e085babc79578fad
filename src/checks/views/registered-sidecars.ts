import type { ProxyDefaults, ServiceDefaults, Upstream } from '../../consul/wire';
import { rowsOf } from '../../snapshot/section';
import type { Entry, SidecarInstance } from '../../snapshot/snapshot';
import {
  type CentralConfig,
  centralConfig,
  isOverrideFor,
  type ProxyDefaultsEntry,
  type ServiceDefaultsEntry,
} from '../traffic/central-config';
import type { RegisteredSidecar } from '../model';
import { orDefault } from '../names';
import { defineView } from '../view';

/**
 * Takes central configuration out of what the catalog shows of a sidecar. A value that equals what central
 * configuration gives is assumed to come from there. Source of the merge:
 * `agent/configentry/merge_service_config.go` and `resolve.go` of Consul 1.20.
 */

type Fields = Readonly<Record<string, unknown>>;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const field = (entry: Entry<ServiceDefaults | ProxyDefaults> | undefined, name: string): unknown =>
  (entry?.entry as Fields | undefined)?.[name];

/** Options that service-defaults give a proxy, by their name in `Proxy.Config`. */
export const serviceOptions: Readonly<Record<string, string>> = {
  balance_inbound_connections: 'BalanceInboundConnections',
  local_connect_timeout_ms: 'LocalConnectTimeoutMs',
  local_request_timeout_ms: 'LocalRequestTimeoutMs',
  max_inbound_connections: 'MaxInboundConnections',
  protocol: 'Protocol',
};

/** Options that service-defaults give an upstream, by their name in its `Config`. */
export const upstreamOptions: Readonly<Record<string, string>> = {
  balance_outbound_connections: 'BalanceOutboundConnections',
  connect_timeout_ms: 'ConnectTimeoutMs',
  envoy_cluster_json: 'EnvoyClusterJSON',
  envoy_listener_json: 'EnvoyListenerJSON',
  limits: 'Limits',
  passive_health_check: 'PassiveHealthCheck',
  protocol: 'Protocol',
};

/** Keeps the options that no source gives with the same value. */
const ownOptions = (config: Fields, sources: readonly Fields[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(config).filter(
      ([key, value]) => !sources.some((source) => key in source && same(source[key], value)),
    ),
  );

/** Returns the options that an entry gives, by their name in `Config`. */
export const namedOptions = (
  entry: Fields | null | undefined,
  names: Readonly<Record<string, string>>,
): Fields =>
  Object.fromEntries(
    Object.entries(names).flatMap(([option, name]) => (entry?.[name] ? [[option, entry[name]]] : [])),
  );

const ownMode = <T extends { readonly Mode: string }>(
  holder: T | null | undefined,
  given: string | undefined,
): T | null | undefined => (holder && given && holder.Mode === given ? null : holder);

const modeOf = (holder: { readonly Mode: string } | null | undefined): string => holder?.Mode ?? '';

/** Returns the mode of service-defaults, else of proxy-defaults. */
const sharedMode = (service: ServiceDefaultsEntry, proxies: ProxyDefaultsEntry): string =>
  modeOf(service?.entry.MeshGateway) || modeOf(proxies?.entry.MeshGateway);

const ownUpstream = (
  upstream: Upstream,
  sidecar: SidecarInstance,
  {
    service,
    proxies,
    mode,
  }: { readonly service: ServiceDefaultsEntry; readonly proxies: ProxyDefaultsEntry; readonly mode: string },
): Upstream => {
  const central = service?.entry.UpstreamConfig;
  const override = central?.Overrides.find((one) =>
    isOverrideFor(one, {
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
      namedOptions(override, upstreamOptions),
      namedOptions(central?.Defaults, upstreamOptions),
      namedOptions(proxies?.entry.Config, { protocol: 'protocol' }),
    ]),
  };
};

const centralOptions = (service: ServiceDefaultsEntry, proxies: ProxyDefaultsEntry): readonly Fields[] => [
  namedOptions(service?.entry, serviceOptions),
  { ...proxies?.entry.Config },
];

/**
 * Returns a sidecar as it was registered. Options whose values the snapshot withholds stay: they could be its own.
 * Upstreams keep their indexes, and those that Consul added (`CentrallyConfigured`) stay.
 */
export const registeredSidecar = (sidecar: SidecarInstance, central: CentralConfig): RegisteredSidecar => {
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

/** The sidecars as they were registered. Central configuration that is not visible stays in them. */
export const registeredSidecarsView = defineView({
  name: 'registeredSidecars',
  description: 'the sidecars as they were registered, without what central configuration adds',
  needs: ['sidecars'],
  optional: ['serviceDefaults', 'proxyDefaults'],
  compute: ({ sidecars, serviceDefaults, proxyDefaults }): readonly RegisteredSidecar[] => {
    const central = centralConfig(rowsOf(serviceDefaults), rowsOf(proxyDefaults));
    return sidecars.map((sidecar) => registeredSidecar(sidecar, central));
  },
});
