import type { ProxyDefaults, ServiceDefaults } from '../../consul/wire';
import type { Entry, Section, SidecarInstance } from '../../snapshot/snapshot';
import { orDefault, serviceKey } from '../names';
import type { ViewSections } from '../views';
import { byService } from './chain';
import { derive } from './derive';
import {
  modeOfProxy,
  modeOfUpstream,
  overridesTo,
  proxyDefaultsLayer,
  serviceDefaultsLayers,
  type Setting,
  unset,
} from './layers';
import type { PeerUpstream } from './upstreams';

/** The mesh gateway mode that traffic to peers has. */
export interface GatewayMode extends Setting {
  /** The upstream it is for; undefined for the implicit upstreams of transparent proxies. */
  readonly upstream: PeerUpstream | undefined;
  /** The sidecar it is for; undefined where central config makes all proxies of a service, or all, transparent. */
  readonly sidecar: SidecarInstance | undefined;
}

/** The central configuration that proxies get, by partition. */
interface Central {
  readonly services: readonly Entry<ServiceDefaults>[];
  readonly proxies: readonly Entry<ProxyDefaults>[];
  readonly serviceOf: (sidecar: SidecarInstance) => Entry<ServiceDefaults> | undefined;
  readonly proxyIn: (partition: string | undefined) => Entry<ProxyDefaults> | undefined;
}

const centralOf = (
  services: readonly Entry<ServiceDefaults>[],
  proxies: readonly Entry<ProxyDefaults>[],
): Central => {
  const found = new Map<string, ReadonlyMap<string, Entry<ServiceDefaults>>>();
  const within = (partition: string) => {
    const known = found.get(partition) ?? byService(services, partition);
    found.set(partition, known);
    return known;
  };
  return {
    services,
    proxies,
    serviceOf: ({ partition, namespace, proxy }) =>
      within(orDefault(partition)).get(serviceKey(proxy.DestinationServiceName, namespace)),
    proxyIn: (partition) => proxies.find(({ entry }) => orDefault(entry.Partition) === orDefault(partition)),
  };
};

/** Transparent proxies reach what the cluster imports without naming it as upstreams. */
const implicit = (
  central: Central,
  sidecars: readonly SidecarInstance[],
  peers: readonly string[],
): readonly GatewayMode[] => {
  const { services, proxies, serviceOf, proxyIn } = central;
  const transparent = sidecars.flatMap((sidecar) => {
    const [service, all] = [serviceOf(sidecar), proxyIn(sidecar.partition)];
    if ((sidecar.proxy.Mode || service?.entry.Mode || all?.entry.Mode) !== 'transparent') return [];
    return [...overridesTo(service, peers), modeOfProxy(sidecar, service, all)].map((setting) => ({
      ...setting,
      sidecar,
    }));
  });
  // No registration shows which proxies central config makes transparent: its own settings then count.
  const byService = services
    .filter(({ entry }) => (entry.Mode || proxyIn(entry.Partition)?.entry.Mode) === 'transparent')
    .flatMap((service) => [...overridesTo(service, peers), ...serviceDefaultsLayers(service).slice(0, 1)]);
  const byDefault = proxies
    .filter(({ entry }) => entry.Mode === 'transparent')
    .map((all) => proxyDefaultsLayer(all)[0] ?? unset);
  return [
    ...transparent,
    ...[...byService, ...byDefault].map((setting) => ({ ...setting, sidecar: undefined })),
  ].map((mode) => ({ ...mode, upstream: undefined }));
};

/** The effective mesh gateway mode of every way to a peer, and of transparent proxies where the cluster imports. */
export const gatewayModesOf = (views: ViewSections): Section<readonly GatewayMode[]> =>
  derive(views, ['peerUpstreams', 'sidecars'], ({ peerUpstreams, sidecars }, look) => {
    const peers = (look('relations') ?? [])
      .filter((relation) => relation.imports.is === 'yes')
      .map(({ name }) => name);
    if (peerUpstreams.length === 0 && peers.length === 0) return [];

    const central = centralOf(look('serviceDefaults') ?? [], look('proxyDefaults') ?? []);
    const explicit = peerUpstreams.map((upstream): GatewayMode => {
      const { sidecar } = upstream;
      const setting = modeOfUpstream(
        upstream,
        central.serviceOf(sidecar),
        central.proxyIn(sidecar.partition),
      );
      return { ...setting, upstream, sidecar };
    });
    if (peers.length === 0) return explicit;
    const named = new Set(peerUpstreams.map(({ sidecar }) => sidecar));
    return [
      ...explicit,
      ...implicit(
        central,
        sidecars.filter((sidecar) => !named.has(sidecar)),
        peers,
      ),
    ];
  });
