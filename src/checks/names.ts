/** Names as Consul writes and compares them. */

/** Consul CE leaves partition and namespace out: absent and empty mean `default`. */
export const orDefault = (name: string | undefined): string => name || 'default';

/**
 * One key for a service, to compare and to look up by. Consul finds services and config entries without regard to
 * case: an upstream to `Api` reaches the service `api` of a peer (seen with real traffic on 1.20.1).
 */
export const serviceKey = (name: string, namespace?: string): string =>
  exactKey(name.toLowerCase(), namespace);

/**
 * The same where case counts, as in `exported-services`: of `api`, exported as `Api`, the peer is told instances
 * and no sidecar, and nothing reaches it (seen with real traffic on 1.20.1).
 */
export const exactKey = (name: string, namespace?: string): string => `${orDefault(namespace)}/${name}`;

/** A service name as streams report it: `api`, and with Enterprise `namespace/api` or `partition/namespace/api`. */
export const parseServiceName = (text: string): { readonly name: string; readonly namespace: string } => {
  const parts = text.split('/');
  return { name: parts.at(-1) ?? text, namespace: orDefault(parts.at(-2)) };
};

/** A service for people: its name, with its namespace where that is not the default. */
export const serviceLabel = (name: string, namespace?: string): string =>
  orDefault(namespace) === 'default' ? name : `${namespace}/${name}`;
