import type { Section } from '../../snapshot/snapshot';
import { orDefault, serviceKey } from '../names';
import { reasonOf } from '../reason';
import type { Views } from '../views';

/** What can stand for a service name in this cluster. */
export type OfferViews = {
  readonly [K in
    | 'serviceDefaults'
    | 'serviceNames'
    | 'serviceResolvers'
    | 'serviceRouters'
    | 'serviceSplitters'
    | 'terminatingGateways']: Section<Views[K]>;
};

/** Whether this cluster offers a service itself; for `unknown`, what could not be seen. */
export type Offer = { readonly is: 'yes' | 'no' } | { readonly is: 'unknown'; readonly why: string };

const rows = <T>(section: Section<readonly T[]>): readonly T[] =>
  section.seen === 'none' ? [] : section.value;

/**
 * Tells which services this cluster offers: registered ones, names that a router, a splitter or a resolver
 * stands for, destinations of service-defaults, and what terminating gateways lead to. Service-defaults alone
 * offer nothing: they are often written for the services of peers, to set a protocol.
 */
export const offersOf = (
  views: OfferViews,
  cluster: Views['cluster'],
): ((name: string, namespace: string) => Offer) => {
  const home = orDefault(cluster.namespace);
  const offered = new Set<string>();
  const namespaces = new Set([home]);
  for (const { name, namespace } of rows(views.serviceNames)) {
    offered.add(serviceKey(name, namespace || home));
    namespaces.add(orDefault(namespace || home));
  }
  const entries = [
    ...rows(views.serviceResolvers),
    ...rows(views.serviceRouters),
    ...rows(views.serviceSplitters),
    ...rows(views.serviceDefaults).filter(({ entry }) => entry.Destination),
  ];
  for (const { entry } of entries) offered.add(serviceKey(entry.Name, entry.Namespace));
  for (const { entry } of rows(views.terminatingGateways)) {
    for (const service of entry.Services)
      offered.add(serviceKey(service.Name, service.Namespace || entry.Namespace));
  }
  const unseen = Object.values(views).find(
    (section) => section.seen !== 'all' && section.missing.kind !== 'unsupported',
  );
  return (name, namespace) => {
    if (offered.has(serviceKey(name, namespace))) return { is: 'yes' };
    if (unseen && unseen.seen !== 'all') return { is: 'unknown', why: reasonOf(unseen.missing) };
    return namespaces.has(orDefault(namespace))
      ? { is: 'no' }
      : { is: 'unknown', why: `the services of namespace ${namespace} were not read` };
  };
};
