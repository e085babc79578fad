import { l7Protocols } from '../consul/l7-protocols';

/** A limit of an upstream, as definition files spell it. */
export type LimitName = 'max_connections' | 'max_pending_requests' | 'max_concurrent_requests';

/** The protocols with which 0 blocks every call. Consul passes 0 on to Envoy (seen with real traffic on 1.20.1). */
const blocksAtZero: Readonly<Record<LimitName, readonly ('tcp' | 'http')[]>> = {
  max_pending_requests: ['tcp', 'http'],
  max_connections: ['tcp'],
  max_concurrent_requests: ['http'],
};

/** Limits that checks look for, by the lower case of their name without underscores, which Consul reads alike. */
export const limitNames: ReadonlyMap<string, LimitName> = new Map(
  (Object.keys(blocksAtZero) as LimitName[]).map((name) => [name.replaceAll('_', ''), name]),
);

/** Returns the limits of 0 that block every call; undefined where that depends on a protocol that is not known. */
export const blockingLimits = (
  zero: readonly LimitName[],
  protocol: string | undefined,
): readonly LimitName[] | undefined => {
  const always = zero.filter((name) => blocksAtZero[name].length > 1);
  if (protocol === undefined) return always.length > 0 || zero.length === 0 ? always : undefined;
  const kind = l7Protocols.has(protocol.toLowerCase()) ? 'http' : 'tcp';
  return zero.filter((name) => blocksAtZero[name].includes(kind));
};
