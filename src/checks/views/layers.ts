import type { ProxyDefaults, ServiceDefaults } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { At, Entry, SidecarInstance } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import { type Defaults, isFor, type Override, type ProxyEntry } from './central';
import { type PeerUpstream, sidecarProxyAt } from './upstreams';

/**
 * The layers that can set a mesh gateway mode; the first that does wins, and `default` stands for none.
 * Source of the order: `agent/configentry/resolve.go` and `merge_service_config.go` of Consul 1.20.
 */
export type ModeLayer =
  | 'upstream'
  | 'override'
  | 'proxy'
  | 'upstream-defaults'
  | 'service-defaults'
  | 'proxy-defaults'
  | 'default';

/** A mode, and the layer that sets it. */
export interface Setting {
  /** As written, in lower case: `remote`, `local`, `none`; `remote` where no layer sets one. */
  readonly mode: string;
  readonly layer: ModeLayer;
  /** Where it is set; undefined for `default`. */
  readonly seen: Evidence | undefined;
  /** The config entry that sets it, for the layers that are config entries. */
  readonly entry: Entry<ServiceDefaults | ProxyDefaults> | undefined;
}

type Holder = { readonly Mode: string } | null | undefined;

export const unset: Setting = { mode: 'remote', layer: 'default', seen: undefined, entry: undefined };

/** A mode as Consul reads it: `default` is the same as none set. */
const modeIn = (holder: Holder): string => {
  const mode = (holder?.Mode ?? '').toLowerCase();
  return mode === 'default' ? '' : mode;
};

const setting = (
  layer: ModeLayer,
  at: At,
  path: string,
  holder: Holder,
  entry?: Setting['entry'],
): readonly Setting[] =>
  modeIn(holder) ? [{ layer, mode: modeIn(holder), seen: evidence(at, path, holder?.Mode), entry }] : [];

const upstreamLayer = (upstream: PeerUpstream): readonly Setting[] =>
  setting(
    'upstream',
    upstream.at,
    'MeshGateway.Mode',
    upstream.sidecar.proxy.Upstreams[upstream.index]?.MeshGateway,
  );

const overrides = (defaults: Defaults, wanted: (override: Override) => boolean): readonly Setting[] =>
  (defaults?.entry.UpstreamConfig?.Overrides ?? []).flatMap((override, index) =>
    defaults && wanted(override)
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
  defaults: Defaults,
  { destination, namespace, upstream }: PeerUpstream,
): readonly Setting[] =>
  overrides(defaults, (override) =>
    isFor(override, { destination, namespace, peer: upstream.DestinationPeer }),
  );

/** What overrides set for any service of these peers. */
export const overridesTo = (defaults: Defaults, peers: readonly string[]): readonly Setting[] =>
  overrides(defaults, ({ Peer }) => Peer !== undefined && peers.includes(Peer));

const proxyLayer = (sidecar: SidecarInstance): readonly Setting[] =>
  setting('proxy', sidecarProxyAt(sidecar, 'MeshGateway.Mode'), '', sidecar.proxy.MeshGateway);

export const proxyDefaultsLayer = (defaults: ProxyEntry): readonly Setting[] =>
  defaults
    ? setting('proxy-defaults', defaults.at, 'MeshGateway.Mode', defaults.entry.MeshGateway, defaults)
    : [];

/** The two layers of a service's own service-defaults that hold for all of its upstreams. */
export const serviceDefaultsLayers = (defaults: Defaults): readonly Setting[] =>
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

/** The mode of an explicit upstream. */
export const modeOfUpstream = (upstream: PeerUpstream, service: Defaults, proxies: ProxyEntry): Setting =>
  [
    ...upstreamLayer(upstream),
    ...overrideFor(service, upstream),
    ...proxyLayer(upstream.sidecar),
    ...serviceDefaultsLayers(service),
    ...proxyDefaultsLayer(proxies),
  ][0] ?? unset;

/** The mode of the upstreams that a transparent proxy has without naming them, but for overrides. */
export const modeOfProxy = (sidecar: SidecarInstance, service: Defaults, proxies: ProxyEntry): Setting =>
  [...proxyLayer(sidecar), ...serviceDefaultsLayers(service), ...proxyDefaultsLayer(proxies)][0] ?? unset;
