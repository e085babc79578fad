import { rowsOf } from '../../snapshot/section';
import type { ExportedServiceHealth, Section, Sections } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import type { PeerUpstream, RegisteredSidecar } from '../model';
import { serviceKey } from '../names';
import { type CentralConfig, centralConfig, type ServiceDefaultsEntry } from './central-config';
import { type CustomPart, customExtensions, lambdaExtensions, mayBeHttp } from './envoy-extensions';
import type { exportedTargets } from './exported-targets';
import { protocolsOf } from './protocols';
import { hasSidecars } from './terminated';
import { optionKey, upstreamOption } from './upstream-options';

/**
 * Escape hatches: options with configuration of Envoy as text, which replaces what Consul computes. The options of the
 * bootstrap, and that of tracing, replace nothing on the way of calls (seen with real traffic on 1.20.1).
 */

/** Options of an upstream, with their fields in service-defaults. */
const upstreamHatches = [
  { option: 'envoy_listener_json', field: 'EnvoyListenerJSON' },
  { option: 'envoy_cluster_json', field: 'EnvoyClusterJSON' },
] as const;

/**
 * Lists the escape hatches of an upstream. Consul ignores them for an upstream that a discovery chain resolves to a peer
 * (seen with real traffic on 1.20.1).
 */
const hatchesOfUpstream = (row: PeerUpstream, defaults: ServiceDefaultsEntry): readonly CustomPart[] =>
  row.upstream.DestinationPeer === ''
    ? []
    : upstreamHatches.flatMap((hatch) => {
        const set = upstreamOption(row, defaults, hatch);
        return set ? [{ what: set.what, setBy: set.setBy, isHttpOnly: false }] : [];
      });

interface Central {
  readonly serviceDefaults: Section<Sections['serviceDefaults']>;
  readonly proxyDefaults: Section<Sections['proxyDefaults']>;
}

/** Lists what decides about the calls of an upstream of a sidecar instead of Consul. */
export const customCalls = ({ serviceDefaults, proxyDefaults }: Central) => {
  const central = centralConfig(rowsOf(serviceDefaults), rowsOf(proxyDefaults));
  const protocolIn = protocolsOf({ serviceDefaults, proxyDefaults });
  const protocolOf = ({ proxy, namespace }: RegisteredSidecar): string | undefined => {
    const fact = protocolIn(proxy.DestinationServiceName, namespace ?? 'default');
    return fact.visible ? fact.value : undefined;
  };
  return (row: PeerUpstream): readonly CustomPart[] => {
    // Gateways take neither escape hatches nor extensions for what they call.
    if (row.named) return [];
    const { sidecar } = row;
    const defaults = central.serviceOf(sidecar);
    return [
      ...hatchesOfUpstream(row, defaults),
      ...customExtensions(defaults, central.proxyIn(sidecar.partition), {
        direction: 'outbound',
        protocol: protocolOf(sidecar),
        isPeerNamed: row.upstream.DestinationPeer !== '',
      }),
    ];
  };
};

const inboundHatches = ['envoy_public_listener_json', 'envoy_local_cluster_json'];

const hatchesOfService = (
  health: ExportedServiceHealth | undefined,
  proxies: ReturnType<CentralConfig['proxyIn']>,
): readonly CustomPart[] =>
  inboundHatches.flatMap((option): readonly CustomPart[] => {
    const key = proxies && optionKey(proxies.entry.Config, option);
    if (proxies && key !== undefined) {
      return [
        {
          what: `${key} in Config of proxy-defaults/${proxies.entry.Name}`,
          setBy: evidence(proxies.at, `Config.${key}`, proxies.entry.Config[key]),
          isHttpOnly: false,
        },
      ];
    }
    const own = health?.escapeHatches?.find((one) => one.option.toLowerCase() === option);
    return own
      ? [
          {
            what: `${own.option} in the registration of ${own.proxy}`,
            setBy: evidence({ endpoint: health?.endpoint ?? '', path: own.path }, own.option, true),
            isHttpOnly: false,
          },
        ]
      : [];
  });

/** The cluster whose services are called. */
interface Exporter {
  readonly partition: string;
  /** The services that calls of a name end at; undefined where no entry rewrites it. */
  readonly targetsOf: ReturnType<typeof exportedTargets>;
  /** Undefined where it was not read. */
  readonly healthOf: (service: string, namespace: string) => ExportedServiceHealth | undefined;
}

/** Lists what decides, instead of Consul, about the calls that the proxies of an exported name get. */
export const customService = (
  { serviceDefaults, proxyDefaults }: Central,
  { partition, targetsOf, healthOf }: Exporter,
): ((service: string, namespace: string) => readonly CustomPart[]) => {
  const central = centralConfig(rowsOf(serviceDefaults), rowsOf(proxyDefaults));
  const proxies = central.proxyIn(partition);
  const byService = central.servicesIn(partition);
  const protocolIn = protocolsOf({ serviceDefaults, proxyDefaults });
  const partsOf = (service: string, namespace: string): readonly CustomPart[] => {
    const health = healthOf(service, namespace);
    const defaults = byService.get(serviceKey(service, namespace));
    const fact = protocolIn(service, namespace);
    const protocol = fact.visible ? fact.value : undefined;
    return [
      ...(!health || hasSidecars(health)
        ? [
            ...hatchesOfService(health, proxies),
            ...customExtensions(defaults, proxies, { direction: 'inbound', protocol, isPeerNamed: false }),
          ]
        : []),
      ...(health?.terminatedBy ? lambdaExtensions(defaults, proxies) : []),
    ].filter(({ isHttpOnly }) => !isHttpOnly || mayBeHttp(protocol));
  };
  return (service, namespace) => {
    const targets = targetsOf(service)?.filter(({ peer }) => peer === '') ?? [{ service, namespace }];
    const parts = targets.flatMap((one) => partsOf(one.service, one.namespace));
    return [...new Map(parts.map((part) => [part.what, part])).values()];
  };
};
