/** Names as Consul writes and compares them. */

/** Consul CE leaves partition and namespace out: absent and empty mean `default`. */
export const orDefault = (name: string | undefined): string => name || 'default';

/**
 * Returns the key of a service, for comparison and lookup. Consul finds services and config entries without regard
 * to case: an upstream to `Api` reaches the service `api` of a peer (seen with real traffic on 1.20.1).
 */
export const serviceKey = (name: string, namespace?: string): string =>
  exactKey(name.toLowerCase(), namespace);

/**
 * Returns the key of a service where case counts, as in `exported-services`: if `api` is exported as `Api`, the
 * peer gets its instances without a sidecar, and calls to it fail (seen with real traffic on 1.20.1).
 */
export const exactKey = (name: string, namespace?: string): string => `${orDefault(namespace)}/${name}`;

/** Parses a service name as streams report it: `api`, and with Enterprise `namespace/api` or `partition/namespace/api`. */
export const parseServiceName = (text: string): { readonly name: string; readonly namespace: string } => {
  const parts = text.split('/');
  return { name: parts.at(-1) ?? text, namespace: orDefault(parts.at(-2)) };
};

/** Names a service for people, with its namespace if that is not the default. */
export const serviceLabel = (name: string, namespace?: string): string =>
  orDefault(namespace) === 'default' ? name : `${namespace}/${name}`;
