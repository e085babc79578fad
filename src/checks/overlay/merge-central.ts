import type { ProxyDefaults, ServiceDefaults, Upstream } from '../../consul/wire';
import { rowsOf } from '../../snapshot/section';
import type { Entry, SidecarInstance, Snapshot } from '../../snapshot/snapshot';
import { orDefault } from '../names';
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

const merged = (sidecar: SidecarInstance, { service, proxies }: Central): SidecarInstance => {
  const { proxy } = sidecar;
  const own = modeOf(proxy.MeshGateway);
  return {
    ...sidecar,
    proxy: {
      ...proxy,
      MeshGateway: gatewayMode(own, modeOf(service?.MeshGateway), modeOf(proxies?.MeshGateway)),
      Mode: proxy.Mode || service?.Mode || proxies?.Mode || '',
      Config: { ...proxies?.Config, ...namedOptions(service, serviceOptions), ...proxy.Config },
      Upstreams: proxy.Upstreams.map((upstream) =>
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
