import { rowsOf } from '../../snapshot/section';
import type { Section } from '../../snapshot/snapshot';
import type { Inputs } from '../inputs';
import { orDefault, serviceKey } from '../names';
import { reasonOf } from '../reason';

/** The sections that say which services this cluster offers. */
export type OfferSections = {
  readonly [K in
    | 'serviceDefaults'
    | 'serviceNames'
    | 'serviceResolvers'
    | 'serviceRouters'
    | 'serviceSplitters'
    | 'terminatingGateways']: Section<Inputs[K]>;
};

/** Tells whether this cluster offers a service itself; for `unknown`, what is not visible. */
export type LocalOffer = { readonly is: 'yes' | 'no' } | { readonly is: 'unknown'; readonly why: string };

/** Keys of the services that a cluster offers, and the namespaces that were read. */
const indexOffers = (
  sections: OfferSections,
  cluster: Inputs['cluster'],
): { readonly offered: ReadonlySet<string>; readonly namespaces: ReadonlySet<string> } => {
  const home = orDefault(cluster.namespace);
  const offered = new Set<string>();
  const namespaces = new Set([home]);
  for (const { name, namespace } of rowsOf(sections.serviceNames)) {
    offered.add(serviceKey(name, namespace || home));
    namespaces.add(orDefault(namespace || home));
  }
  for (const { entry } of rowsOf(sections.serviceDefaults)) {
    if (entry.Destination) offered.add(serviceKey(entry.Name, entry.Namespace));
  }
  for (const { entry } of rowsOf(sections.terminatingGateways)) {
    for (const service of entry.Services)
      offered.add(serviceKey(service.Name, service.Namespace || entry.Namespace));
  }
  return { offered, namespaces };
};

/**
 * Tells which services this cluster offers, asked about the end of a discovery chain: registered ones, destinations of
 * service-defaults, and services of terminating gateways. Routers, splitters and resolvers offer nothing themselves:
 * an upstream to a name that has only a resolver reaches nothing (seen with real traffic on 1.20.1). Service-defaults
 * alone are often written for the services of peers, to set a protocol.
 */
export const localOffers = (
  sections: OfferSections,
  cluster: Inputs['cluster'],
): ((name: string, namespace: string) => LocalOffer) => {
  // Made once it is needed: most clusters with thousands of services never ask.
  let index: ReturnType<typeof indexOffers> | undefined;
  const hidden = [
    sections.serviceDefaults,
    sections.serviceNames,
    sections.serviceResolvers,
    sections.serviceRouters,
    sections.serviceSplitters,
    sections.terminatingGateways,
  ].find((section) => section.visibility !== 'visible' && section.reason.kind !== 'unsupported');
  return (name, namespace) => {
    const { offered, namespaces } = (index ??= indexOffers(sections, cluster));
    if (offered.has(serviceKey(name, namespace))) return { is: 'yes' };
    if (hidden && hidden.visibility !== 'visible') return { is: 'unknown', why: reasonOf(hidden.reason) };
    return namespaces.has(orDefault(namespace))
      ? { is: 'no' }
      : { is: 'unknown', why: `the services of namespace ${namespace} were not read` };
  };
};
