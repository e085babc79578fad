import type { SourceLocation, SidecarInstance } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import {
  isOverrideFor,
  type ProxyDefaultsEntry,
  type ServiceDefaultsEntry,
  type UpstreamOverride,
} from './central-config';
import type { ModeLayer, ModeSetting, PeerUpstream } from '../model';
import { sidecarProxyAt } from './sidecar-location';

type Holder = { readonly Mode: string } | null | undefined;

export const defaultMode: ModeSetting = {
  mode: 'remote',
  layer: 'default',
  setBy: undefined,
  entry: undefined,
};

/** Reads a mode as Consul does: `default` is the same as none set. */
const modeIn = (holder: Holder): string => {
  const mode = (holder?.Mode ?? '').toLowerCase();
  return mode === 'default' ? '' : mode;
};

const setting = (
  layer: ModeLayer,
  at: SourceLocation,
  path: string,
  holder: Holder,
  entry?: ModeSetting['entry'],
): readonly ModeSetting[] =>
  modeIn(holder) ? [{ layer, mode: modeIn(holder), setBy: evidence(at, path, holder?.Mode), entry }] : [];

const upstreamLayer = (upstream: PeerUpstream): readonly ModeSetting[] =>
  setting(
    'upstream',
    upstream.at,
    'MeshGateway.Mode',
    upstream.sidecar.proxy.Upstreams[upstream.index]?.MeshGateway,
  );

const overrides = (
  defaults: ServiceDefaultsEntry,
  matches: (override: UpstreamOverride) => boolean,
): readonly ModeSetting[] =>
  (defaults?.entry.UpstreamConfig?.Overrides ?? []).flatMap((override, index) =>
    defaults && matches(override)
      ? setting(
          'override',
          defaults.at,
          `UpstreamConfig.Overrides[${index}].MeshGateway.Mode`,
          override.MeshGateway,
          defaults,
        )
      : [],
  );

const overrideFor = (
  defaults: ServiceDefaultsEntry,
  { destination, namespace, upstream }: PeerUpstream,
): readonly ModeSetting[] =>
  overrides(defaults, (override) =>
    isOverrideFor(override, { destination, namespace, peer: upstream.DestinationPeer }),
  );

/** Returns the modes that overrides set for any service of these peers. */
export const overridesTo = (
  defaults: ServiceDefaultsEntry,
  peers: readonly string[],
): readonly ModeSetting[] => overrides(defaults, ({ Peer }) => Peer !== undefined && peers.includes(Peer));

const proxyLayer = (sidecar: SidecarInstance): readonly ModeSetting[] =>
  setting('proxy', sidecarProxyAt(sidecar, 'MeshGateway.Mode'), '', sidecar.proxy.MeshGateway);

export const proxyDefaultsLayer = (defaults: ProxyDefaultsEntry): readonly ModeSetting[] =>
  defaults
    ? setting('proxy-defaults', defaults.at, 'MeshGateway.Mode', defaults.entry.MeshGateway, defaults)
    : [];

/** Returns the two layers of a service's own service-defaults that hold for all of its upstreams. */
export const serviceDefaultsLayers = (defaults: ServiceDefaultsEntry): readonly ModeSetting[] =>
  defaults
    ? [
        ...setting(
          'upstream-defaults',
          defaults.at,
          'UpstreamConfig.Defaults.MeshGateway.Mode',
          defaults.entry.UpstreamConfig?.Defaults?.MeshGateway,
          defaults,
        ),
        ...setting('service-defaults', defaults.at, 'MeshGateway.Mode', defaults.entry.MeshGateway, defaults),
      ]
    : [];

/** Returns the layers that hold for an upstream that sets no mode itself. */
const layersBelow = (
  upstream: PeerUpstream,
  service: ServiceDefaultsEntry,
  proxies: ProxyDefaultsEntry,
): readonly ModeSetting[] => [
  ...overrideFor(service, upstream),
  ...proxyLayer(upstream.sidecar),
  ...serviceDefaultsLayers(service),
  ...proxyDefaultsLayer(proxies),
];

/**
 * Returns the mode that layers give an upstream while the agent shows none for it; undefined where they agree. Agents
 * merge central configuration into what they register, and proxies get what is registered. Where several upstreams of a
 * sidecar change their peers together, an agent was seen to merge nothing into them any more (1.20.1), so that they
 * are without a mode, which means `remote`.
 */
export const unmergedMode = (
  upstream: PeerUpstream,
  service: ServiceDefaultsEntry,
  proxies: ProxyDefaultsEntry,
): ModeSetting | undefined =>
  upstream.sidecar.managedBy === 'agent' &&
  upstream.upstream.DestinationPeer !== '' &&
  modeIn(upstream.upstream.MeshGateway) === ''
    ? layersBelow(upstream, service, proxies)[0]
    : undefined;

/** Returns the mode of an explicit upstream. */
export const modeOfUpstream = (
  upstream: PeerUpstream,
  service: ServiceDefaultsEntry,
  proxies: ProxyDefaultsEntry,
): ModeSetting =>
  unmergedMode(upstream, service, proxies)
    ? defaultMode
    : ([...upstreamLayer(upstream), ...layersBelow(upstream, service, proxies)][0] ?? defaultMode);

/** Returns the mode of the implicit upstreams of a transparent proxy, without overrides. */
export const modeOfProxy = (
  sidecar: SidecarInstance,
  service: ServiceDefaultsEntry,
  proxies: ProxyDefaultsEntry,
): ModeSetting =>
  [...proxyLayer(sidecar), ...serviceDefaultsLayers(service), ...proxyDefaultsLayer(proxies)][0] ??
  defaultMode;
