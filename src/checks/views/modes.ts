import type { ServiceDefaults } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { At, Entry, Section, SidecarInstance } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import { orDefault } from '../names';
import type { ViewSections } from '../views';
import { byService } from './chain';
import { derive } from './derive';
import { type PeerUpstream, sidecarProxyAt } from './upstreams';

/** The layers that can set a mesh gateway mode; the first that does wins. `default`: none does. */
export type ModeLayer =
  | 'upstream'
  | 'override'
  | 'proxy'
  | 'upstream-defaults'
  | 'service-defaults'
  | 'proxy-defaults'
  | 'default';

/** The mesh gateway mode that traffic to peers has. */
export interface GatewayMode {
  /** As written, in lower case: `remote`, `local`, `none`; `remote` where no layer sets one. */
  readonly mode: string;
  readonly layer: ModeLayer;
  /** Where the winning layer sets it; undefined for `default`. */
  readonly seen: Evidence | undefined;
  /** The config entry that sets it, for the layers that are config entries. */
  readonly entry: Entry<{ readonly Kind: string; readonly Name: string }> | undefined;
  /** The upstream it is for; undefined for the implicit upstreams of transparent proxies. */
  readonly upstream: PeerUpstream | undefined;
  /** The sidecar it is for; undefined where central config makes all proxies of a service, or all, transparent. */
  readonly sidecar: SidecarInstance | undefined;
}

type Setting = Pick<GatewayMode, 'mode' | 'layer' | 'seen' | 'entry'>;

/** A mode as Consul reads it: case does not matter, and `default` is the same as none set. */
const modeIn = (holder: { readonly Mode: string } | null | undefined): string => {
  const mode = (holder?.Mode ?? '').toLowerCase();
  return mode === 'default' ? '' : mode;
};

const setting = (
  layer: ModeLayer,
  at: At,
  path: string,
  holder: { readonly Mode: string } | null | undefined,
  entry?: GatewayMode['entry'],
): readonly Setting[] =>
  modeIn(holder) ? [{ layer, mode: modeIn(holder), seen: evidence(at, path, holder?.Mode), entry }] : [];

const unset: Setting = { mode: 'remote', layer: 'default', seen: undefined, entry: undefined };

/** Overrides of a service's upstreams: one that names a peer is for that peer's service alone. */
const overridesFor = (
  defaults: Entry<ServiceDefaults> | undefined,
  upstream: PeerUpstream,
): readonly Setting[] =>
  (defaults?.entry.UpstreamConfig?.Overrides ?? []).flatMap((override, index) =>
    defaults &&
    override.Name === upstream.destination &&
    orDefault(override.Namespace) === upstream.namespace &&
    (override.Peer ?? '') === upstream.upstream.DestinationPeer
      ? setting(
          'override',
          defaults.at,
          `UpstreamConfig.Overrides[${index}].MeshGateway.Mode`,
          override.MeshGateway,
          defaults,
        )
      : [],
  );

/** The effective mesh gateway mode of every way to a peer, and of transparent proxies where the cluster imports. */
export const gatewayModesOf = (views: ViewSections): Section<readonly GatewayMode[]> =>
  derive(views, ['peerUpstreams', 'sidecars'], ({ peerUpstreams, sidecars }, look) => {
    const imports = (look('relations') ?? []).some((relation) => relation.imports.is === 'yes');
    if (peerUpstreams.length === 0 && !imports) return [];

    const proxyDefaults = look('proxyDefaults') ?? [];
    const serviceDefaults = look('serviceDefaults') ?? [];
    const partitioned = new Map<string, ReadonlyMap<string, Entry<ServiceDefaults>>>();
    const defaultsOf = (sidecar: SidecarInstance): Entry<ServiceDefaults> | undefined => {
      const partition = orDefault(sidecar.partition);
      const found = partitioned.get(partition) ?? byService(serviceDefaults, partition);
      partitioned.set(partition, found);
      return found.get(`${orDefault(sidecar.namespace)}/${sidecar.proxy.DestinationServiceName}`);
    };
    const globalFor = (partition: string | undefined) =>
      proxyDefaults.find(({ entry }) => orDefault(entry.Partition) === orDefault(partition));

    const serviceLayers = (defaults: Entry<ServiceDefaults> | undefined): readonly Setting[] =>
      defaults
        ? setting('service-defaults', defaults.at, 'MeshGateway.Mode', defaults.entry.MeshGateway, defaults)
        : [];
    const upstreamDefaults = (defaults: Entry<ServiceDefaults> | undefined): readonly Setting[] =>
      defaults
        ? setting(
            'upstream-defaults',
            defaults.at,
            'UpstreamConfig.Defaults.MeshGateway.Mode',
            defaults.entry.UpstreamConfig?.Defaults?.MeshGateway,
            defaults,
          )
        : [];
    const globalLayer = (partition: string | undefined): readonly Setting[] => {
      const found = globalFor(partition);
      return found
        ? setting('proxy-defaults', found.at, 'MeshGateway.Mode', found.entry.MeshGateway, found)
        : [];
    };
    const proxyLayer = (sidecar: SidecarInstance): readonly Setting[] =>
      setting('proxy', sidecarProxyAt(sidecar, 'MeshGateway.Mode'), '', sidecar.proxy.MeshGateway);
    const below = (defaults: Entry<ServiceDefaults> | undefined, partition: string | undefined) => [
      ...upstreamDefaults(defaults),
      ...serviceLayers(defaults),
      ...globalLayer(partition),
    ];

    const explicit = peerUpstreams.map((upstream): GatewayMode => {
      const { sidecar } = upstream;
      const defaults = defaultsOf(sidecar);
      const [first = unset] = [
        ...setting('upstream', upstream.at, 'MeshGateway.Mode', upstream.upstream.MeshGateway),
        ...overridesFor(defaults, upstream),
        ...proxyLayer(sidecar),
        ...below(defaults, sidecar.partition),
      ];
      return { ...first, upstream, sidecar };
    });
    if (!imports) return explicit;

    const withUpstream = new Set(peerUpstreams.map(({ sidecar }) => sidecar));
    const transparent = sidecars
      .filter((sidecar) => !withUpstream.has(sidecar))
      .filter(
        (sidecar) =>
          (sidecar.proxy.Mode ||
            defaultsOf(sidecar)?.entry.Mode ||
            globalFor(sidecar.partition)?.entry.Mode) === 'transparent',
      )
      .map((sidecar): GatewayMode => {
        const [first = unset] = [...proxyLayer(sidecar), ...below(defaultsOf(sidecar), sidecar.partition)];
        return { ...first, upstream: undefined, sidecar };
      });

    // Central config makes proxies transparent that no registration shows: the layers themselves then count.
    const central: GatewayMode[] = [];
    for (const defaults of serviceDefaults) {
      const { entry } = defaults;
      if ((entry.Mode || globalFor(entry.Partition)?.entry.Mode) !== 'transparent') continue;
      const [first] = [...upstreamDefaults(defaults), ...serviceLayers(defaults)];
      if (first) central.push({ ...first, upstream: undefined, sidecar: undefined });
    }
    for (const defaults of proxyDefaults) {
      if (defaults.entry.Mode !== 'transparent') continue;
      const [first = unset] = globalLayer(defaults.entry.Partition);
      central.push({ ...first, upstream: undefined, sidecar: undefined });
    }
    return [...explicit, ...transparent, ...central];
  });
