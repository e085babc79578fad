import type { SamenessGroup, ServiceResolver, ServiceRouter, ServiceSplitter } from '../../consul/wire';
import type { Entry } from '../../snapshot/snapshot';
import { exactKey, orDefault, serviceKey } from '../names';

/** The config entries of one partition that discovery chains are made of, found by service. */
export interface ChainEntries {
  readonly datacenter: string;
  readonly partition: string;
  readonly routers: ReadonlyMap<string, Entry<ServiceRouter>>;
  readonly splitters: ReadonlyMap<string, Entry<ServiceSplitter>>;
  readonly resolvers: ReadonlyMap<string, Entry<ServiceResolver>>;
  readonly groups: readonly Entry<SamenessGroup>[] | undefined;
}

/** A service as an entry spells it. */
interface Named {
  readonly service: string;
  readonly namespace: string;
}

/** The services whose splitters and resolvers Consul reads for one chain, by their exact spelling. */
interface EntriesInChain {
  readonly splitters: ReadonlySet<string>;
  readonly resolvers: ReadonlySet<string>;
}

/** A redirect, a failover or a split, as far as it names a service. */
interface ServiceReference {
  readonly Service: string;
  readonly Namespace?: string | undefined;
}

/** The services that an entry names, without its own: Consul has read the entries of that under the called spelling. */
const namedBy = (
  { Name, Namespace }: { readonly Name: string; readonly Namespace?: string | undefined },
  references: readonly ServiceReference[],
): readonly Named[] =>
  references
    .map((to) => ({ service: to.Service || Name, namespace: orDefault(to.Namespace || Namespace) }))
    .filter((to) => exactKey(to.service, to.namespace) !== exactKey(Name, Namespace));

const relatedTo = (resolver: ServiceResolver): readonly Named[] =>
  namedBy(resolver, [
    ...(resolver.Redirect ? [resolver.Redirect] : []),
    ...Object.values(resolver.Failover).flatMap((section): readonly ServiceReference[] =>
      section.Targets.length === 0
        ? [section]
        : // The services of peers have no entries here, and Consul looks for none.
          section.Targets.filter(({ Peer }) => Peer === ''),
    ),
  ]);

/**
 * Finds the services whose entries Consul reads before it compiles a chain. Entries of other services do not apply,
 * even where the chain passes their names: a failover target at a peer, or a name that is spelled differently.
 */
export const findEntriesInChain = (
  { routers, splitters, resolvers }: ChainEntries,
  { service, namespace }: Named,
): EntriesInChain => {
  const found = { splitters: new Set<string>(), resolvers: new Set<string>() };
  const router = routers.get(serviceKey(service, namespace))?.entry;
  const toSplit: Named[] = router
    ? [
        { service: router.Name, namespace },
        ...router.Routes.flatMap(({ Destination }) =>
          Destination
            ? [{ service: Destination.Service || router.Name, namespace: Destination.Namespace || namespace }]
            : [],
        ),
      ]
    : [{ service, namespace }];
  const toResolve: Named[] = [];
  for (let next = toSplit.pop(); next !== undefined; next = toSplit.pop()) {
    const key = exactKey(next.service, next.namespace);
    if (found.splitters.has(key)) continue;
    found.splitters.add(key);
    toResolve.push(next);
    const splitter = splitters.get(serviceKey(next.service, next.namespace))?.entry;
    toSplit.push(...(splitter ? namedBy(splitter, splitter.Splits) : []));
  }
  for (let next = toResolve.pop(); next !== undefined; next = toResolve.pop()) {
    const key = exactKey(next.service, next.namespace);
    if (found.resolvers.has(key)) continue;
    found.resolvers.add(key);
    const resolver = resolvers.get(serviceKey(next.service, next.namespace))?.entry;
    toResolve.push(...(resolver ? relatedTo(resolver) : []));
  }
  return found;
};
