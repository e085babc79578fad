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
  readonly servicesIn: (partition: string | undefined) => ReadonlyMap<string, Entry<ServiceDefaults>>;
  readonly proxyIn: (partition: string | undefined) => ProxyDefaultsEntry;
}

export const centralConfig = (
  services: readonly Entry<ServiceDefaults>[],
  proxies: readonly Entry<ProxyDefaults>[],
): CentralConfig => {
  const found = new Map<string, ReadonlyMap<string, Entry<ServiceDefaults>>>();
  const within = (partition: string): ReadonlyMap<string, Entry<ServiceDefaults>> => {
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
