import type { ProxyDefaults, ServiceDefaults } from '../../consul/wire';
import type { Entry, SidecarInstance } from '../../snapshot/snapshot';
import { entriesByService } from './discovery-chain';
import { orDefault, serviceKey } from '../names';

/** The central configuration of proxies: service-defaults of the service that they stand for, and proxy-defaults. */

export type ServiceDefaultsEntry = Entry<ServiceDefaults> | undefined;
export type ProxyDefaultsEntry = Entry<ProxyDefaults> | undefined;

export interface CentralConfig {
  readonly services: readonly Entry<ServiceDefaults>[];
  readonly proxies: readonly Entry<ProxyDefaults>[];
  readonly serviceOf: (
    sidecar: Pick<SidecarInstance, 'partition' | 'namespace' | 'proxy'>,
  ) => ServiceDefaultsEntry;
  /** The entries of a partition by service. */
  readonly servicesIn: (partition: string | undefined) => ByService;
  readonly proxyIn: (partition: string | undefined) => ProxyDefaultsEntry;
}

type ByService = ReadonlyMap<string, Entry<ServiceDefaults>>;

/** Indexes by partition of the entries of a snapshot: there may be thousands, and several facts of a path look for them. */
const indexes = new WeakMap<readonly Entry<ServiceDefaults>[], Map<string, ByService>>();

export const centralConfig = (
  services: readonly Entry<ServiceDefaults>[],
  proxies: readonly Entry<ProxyDefaults>[],
): CentralConfig => {
  const found = indexes.get(services) ?? new Map<string, ByService>();
  indexes.set(services, found);
  const within = (partition: string): ByService => {
    const known = found.get(partition) ?? entriesByService(services, partition);
    found.set(partition, known);
    return known;
  };
  return {
    services,
    proxies,
    servicesIn: (partition) => within(orDefault(partition)),
    serviceOf: ({ partition, namespace, proxy }) =>
      within(orDefault(partition)).get(serviceKey(proxy.DestinationServiceName, namespace)),
    proxyIn: (partition) => proxies.find(({ entry }) => orDefault(entry.Partition) === orDefault(partition)),
  };
};

export type UpstreamOverride = NonNullable<ServiceDefaults['UpstreamConfig']>['Overrides'][number];

/** Matches an override with an upstream. An override that names a peer is for that peer's service alone. */
export const isOverrideFor = (
  override: UpstreamOverride,
  upstream: { readonly destination: string; readonly namespace: string; readonly peer: string },
): boolean =>
  override.Name === upstream.destination &&
  orDefault(override.Namespace) === upstream.namespace &&
  (override.Peer ?? '') === upstream.peer;
