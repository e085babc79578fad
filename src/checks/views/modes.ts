import type { Section } from '../../snapshot/snapshot';
import type { ViewSections } from '../views';
import { type Central, centralOf } from './central';
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
import type { RegisteredSidecar } from './registered';
import type { PeerUpstream } from './upstreams';

/** The mesh gateway mode that traffic to peers has. */
export interface GatewayMode extends Setting {
  /** The upstream it is for; undefined for the implicit upstreams of transparent proxies. */
  readonly upstream: PeerUpstream | undefined;
  /** The sidecar it is for; undefined where central config makes all proxies of a service, or all, transparent. */
  readonly sidecar: RegisteredSidecar | undefined;
}

/** Transparent proxies reach what the cluster imports without naming it as upstreams. */
const implicit = (
  central: Central,
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
    .map((all) => proxyDefaultsLayer(all)[0] ?? unset);
  return [
    ...transparent,
    ...[...byService, ...byDefault].map((setting) => ({ ...setting, sidecar: undefined })),
  ].map((mode) => ({ ...mode, upstream: undefined }));
};

/** The effective mesh gateway mode of every way to a peer, and of transparent proxies where the cluster imports. */
export const gatewayModesOf = (views: ViewSections): Section<readonly GatewayMode[]> =>
  derive(views, ['peerUpstreams', 'registered'], ({ peerUpstreams, registered }, look) => {
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
        registered.filter((sidecar) => !named.has(sidecar)),
        peers,
      ),
    ];
  });
