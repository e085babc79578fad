import type { ProxyDefaults, ServiceDefaults } from '../../consul/wire';
import type { Entry, SidecarInstance } from '../../snapshot/snapshot';
import { orDefault, serviceKey } from '../names';
import { byService } from './chain';

/** The central configuration that proxies get: service-defaults of the service they stand for, and proxy-defaults. */

export type Defaults = Entry<ServiceDefaults> | undefined;
export type ProxyEntry = Entry<ProxyDefaults> | undefined;

export interface Central {
  readonly services: readonly Entry<ServiceDefaults>[];
  readonly proxies: readonly Entry<ProxyDefaults>[];
  readonly serviceOf: (sidecar: Pick<SidecarInstance, 'partition' | 'namespace' | 'proxy'>) => Defaults;
  readonly proxyIn: (partition: string | undefined) => ProxyEntry;
}

export const centralOf = (
  services: readonly Entry<ServiceDefaults>[],
  proxies: readonly Entry<ProxyDefaults>[],
): Central => {
  const found = new Map<string, ReadonlyMap<string, Entry<ServiceDefaults>>>();
  const within = (partition: string): ReadonlyMap<string, Entry<ServiceDefaults>> => {
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

export type Override = NonNullable<ServiceDefaults['UpstreamConfig']>['Overrides'][number];

/** Whether an override is for an upstream. One that names a peer is for that peer's service alone. */
export const isFor = (
  override: Override,
  upstream: { readonly destination: string; readonly namespace: string; readonly peer: string },
): boolean =>
  override.Name === upstream.destination &&
  orDefault(override.Namespace) === upstream.namespace &&
  (override.Peer ?? '') === upstream.peer;
