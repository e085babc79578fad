import type { ProxyDefaults, ServiceDefaults, Upstream } from '../../consul/wire';
import { rowsOf } from '../../snapshot/section';
import type { Entry, SidecarInstance, Snapshot } from '../../snapshot/snapshot';
import { orDefault } from '../names';
import { implicitUpstream } from '../traffic/implicit-upstream';
import { type CentralConfig, centralConfig, isOverrideFor } from '../traffic/central-config';
import {
  namedOptions,
  registeredSidecar,
  serviceOptions,
  upstreamOptions,
} from '../views/registered-sidecars';

/**
 * Merges central configuration into sidecars as an agent does before it writes them to the catalog. Source:
 * `agent/configentry/merge_service_config.go` of Consul 1.20.
 */

const modeOf = (holder: { readonly Mode: string } | null | undefined): string => holder?.Mode ?? '';

const gatewayMode = (...modes: readonly string[]): { Mode: string } | null => {
  const mode = modes.find((one) => one !== '');
  return mode === undefined ? null : { Mode: mode };
};

interface Central {
  readonly service: ServiceDefaults | undefined;
  readonly proxies: ProxyDefaults | undefined;
}

const mergedUpstream = (
  upstream: Upstream,
  sidecar: SidecarInstance,
  { service, proxies }: Central,
  proxyMode: string,
): Upstream => {
  const central = service?.UpstreamConfig;
  const override = central?.Overrides.find((one) =>
    isOverrideFor(one, {
      destination: upstream.DestinationName,
      namespace: orDefault(upstream.DestinationNamespace || sidecar.namespace),
      peer: upstream.DestinationPeer,
    }),
  );
  return {
    ...upstream,
    MeshGateway: gatewayMode(
      modeOf(upstream.MeshGateway),
      modeOf(override?.MeshGateway),
      proxyMode,
      modeOf(central?.Defaults?.MeshGateway),
      modeOf(service?.MeshGateway),
      modeOf(proxies?.MeshGateway),
    ),
    Config: {
      ...namedOptions(proxies?.Config, { protocol: 'protocol' }),
      ...namedOptions(central?.Defaults, upstreamOptions),
      ...namedOptions(override, upstreamOptions),
      ...upstream.Config,
    },
  };
};

/**
 * The upstreams that an agent adds to a transparent proxy: one for what holds for all of its calls, and one for each override that
 * names another service than its own upstreams do.
 */
const addedUpstreams = (
  upstreams: readonly Upstream[],
  { UpstreamConfig: central }: Pick<ServiceDefaults, 'UpstreamConfig'>,
): readonly Upstream[] => [
  ...(central?.Defaults ? [implicitUpstream('*', '')] : []),
  ...(central?.Overrides ?? [])
    .map(({ Name, Peer = '' }) => implicitUpstream(Name, Peer))
    .filter(
      ({ DestinationName, DestinationPeer }) =>
        !upstreams.some(
          (one) => one.DestinationName === DestinationName && one.DestinationPeer === DestinationPeer,
        ),
    ),
];

const merged = (sidecar: SidecarInstance, { service, proxies }: Central): SidecarInstance => {
  const { proxy } = sidecar;
  const own = modeOf(proxy.MeshGateway);
  const Mode = proxy.Mode || service?.Mode || proxies?.Mode || '';
  const upstreams = proxy.Upstreams.filter(({ CentrallyConfigured }) => !CentrallyConfigured);
  const added = Mode === 'transparent' && service ? addedUpstreams(upstreams, service) : [];
  return {
    ...sidecar,
    proxy: {
      ...proxy,
      MeshGateway: gatewayMode(own, modeOf(service?.MeshGateway), modeOf(proxies?.MeshGateway)),
      Mode,
      Config: { ...proxies?.Config, ...namedOptions(service, serviceOptions), ...proxy.Config },
      Upstreams: [...upstreams, ...added].map((upstream) =>
        mergedUpstream(upstream, sidecar, { service, proxies }, own),
      ),
    },
  };
};

const centralOf = ({ sections }: Snapshot): CentralConfig =>
  centralConfig(
    rowsOf(sections.serviceDefaults) as readonly Entry<ServiceDefaults>[],
    rowsOf(sections.proxyDefaults) as readonly Entry<ProxyDefaults>[],
  );

/**
 * Returns the sidecars as agents would write them with the central configuration of `after`. Those that no agent
 * manages stay as they are: only agents merge central configuration.
 *
 * @param before the snapshot that the rows were read with
 * @param fresh ids of sidecars that hold nothing of central configuration yet
 */
export const mergeCentral = (
  rows: readonly SidecarInstance[],
  before: Snapshot,
  after: Snapshot,
  fresh: ReadonlySet<string>,
): readonly SidecarInstance[] => {
  const [old, now] = [centralOf(before), centralOf(after)];
  return rows.map((row) => {
    if (row.managedBy === 'dataplane' || row.managedBy === 'catalog') return row;
    const own = fresh.has(row.id) ? row : { ...row, proxy: registeredSidecar(row, old).proxy };
    return merged(own, {
      service: now.serviceOf(row)?.entry,
      proxies: now.proxyIn(row.partition)?.entry,
    });
  });
};
