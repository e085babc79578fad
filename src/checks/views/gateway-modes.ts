import { type CentralConfig, centralConfig } from '../traffic/central-config';
import {
  defaultMode,
  modeOfProxy,
  modeOfUpstream,
  overridesTo,
  proxyDefaultsLayer,
  serviceDefaultsLayers,
} from '../traffic/gateway-mode-layers';
import type { GatewayMode, PeerUpstream, RegisteredSidecar, Relation } from '../model';
import { defineView } from '../view';
import { peerRoutesView } from './gateway-routes';
import { registeredSidecarsView } from './registered-sidecars';
import { relationsView } from './relations';
import { peerUpstreamsView } from './upstreams';

/** Transparent proxies reach what the cluster imports without naming it as upstreams. */
const implicitModes = (
  central: CentralConfig,
  sidecars: readonly RegisteredSidecar[],
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
    .map((all) => proxyDefaultsLayer(all)[0] ?? defaultMode);
  return [
    ...transparent,
    ...[...byService, ...byDefault].map((setting) => ({ ...setting, sidecar: undefined })),
  ].map((mode) => ({ ...mode, upstream: undefined }));
};

const importKey = (peer: string, service: string): string => `${peer}/${service.toLowerCase()}`;

/** The services that streams of ACTIVE peerings report. */
const importedServices = (relations: readonly Relation[]): readonly string[] =>
  relations
    .filter(({ state }) => state === 'ACTIVE')
    .flatMap(({ name, peering }) =>
      (peering.StreamStatus?.ImportedServices ?? []).map((service) => importKey(name, service)),
    );

/** True where a proxy has no upstream to a peer, or the peers offer services that none of its upstreams names. */
const reachesUnnamed = (upstreams: readonly PeerUpstream[], imported: readonly string[]): boolean => {
  if (upstreams.length === 0) return true;
  const named = new Set(upstreams.map(({ peer, service }) => importKey(peer, service)));
  return imported.some((key) => !named.has(key));
};

/** The effective mesh gateway mode of every upstream to a peer, and of transparent proxies where the cluster imports. */
export const gatewayModesView = defineView({
  name: 'gatewayModes',
  description:
    'the effective mesh gateway mode of each upstream to a peer: its own, `UpstreamConfig.Overrides`, its proxy, `UpstreamConfig.Defaults`, `service-defaults`, `proxy-defaults`',
  needs: [peerUpstreamsView, registeredSidecarsView],
  optional: [peerRoutesView, relationsView, 'serviceDefaults', 'proxyDefaults'],
  compute: (values, { rely }): readonly GatewayMode[] => {
    const { peerUpstreams, registeredSidecars } = values;
    const peers = (rely(values.relations) ?? [])
      .filter((relation) => relation.imports.is === 'yes')
      .map(({ name }) => name);
    const routes = rely(values.peerRoutes) ?? [];
    if (peerUpstreams.length === 0 && routes.length === 0 && peers.length === 0) return [];

    const central = centralConfig(rely(values.serviceDefaults) ?? [], rely(values.proxyDefaults) ?? []);
    // API and ingress gateways take no mode from anywhere (measured on 1.20.1 with proxy-defaults).
    const ofRoutes = routes.map(
      (upstream): GatewayMode => ({ ...defaultMode, upstream, sidecar: upstream.sidecar }),
    );
    const ofUpstreams = peerUpstreams.map((upstream): GatewayMode => {
      const { sidecar } = upstream;
      const setting = modeOfUpstream(
        upstream,
        central.serviceOf(sidecar),
        central.proxyIn(sidecar.partition),
      );
      return { ...setting, upstream, sidecar };
    });
    const explicit = [...ofUpstreams, ...ofRoutes];
    if (peers.length === 0) return explicit;
    const named = Map.groupBy(peerUpstreams, ({ sidecar }) => sidecar);
    const imported = importedServices(rely(values.relations) ?? []);
    return [
      ...explicit,
      ...implicitModes(
        central,
        registeredSidecars.filter((sidecar) => reachesUnnamed(named.get(sidecar) ?? [], imported)),
        peers,
      ),
    ];
  },
});
