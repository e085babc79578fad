import { legsWithCalls } from '../consul/chain-targets';
import type { HttpRoute, ServiceResolver, ServiceSplitter } from '../consul/wire';
import type { Entry, ServiceName } from './snapshot';

/** Maximum services that share calls with a peer whose health is read. */
const maxShared = 64;

/** Follows steps from names to all that they lead to, each once, however often and deep entries name each other. */
const reach = (
  from: readonly string[],
  next: (key: string) => readonly string[] | undefined,
): ReadonlySet<string> => {
  const found = new Set(from);
  // A set hands out also what is added meanwhile.
  for (const key of found) for (const one of next(key) ?? []) found.add(one);
  return found;
};

/**
 * Lists the services of this cluster that share calls with a service of a peer, by a splitter or by a rule of an HTTP route:
 * each has to work for its share. A service reaches a peer by the redirect of its resolver, or by a leg of its splitter.
 */
export const listSharing = (
  resolvers: readonly Entry<ServiceResolver>[],
  splitters: readonly Entry<ServiceSplitter>[],
  routes: readonly Entry<HttpRoute>[],
): readonly ServiceName[] => {
  const spelled = new Map<string, string>();
  const keyOf = (name: string): string => {
    const key = name.toLowerCase();
    if (!spelled.has(key)) spelled.set(key, name);
    return key;
  };
  const redirects = new Map(
    resolvers.flatMap(({ entry }) => (entry.Redirect ? [[keyOf(entry.Name), entry.Redirect] as const] : [])),
  );
  const toPeer = [...redirects].flatMap(([key, { Peer }]) => (Peer ? [key] : []));
  if (toPeer.length === 0) return [];
  const legsOf = new Map(
    splitters.map(({ entry }) => [
      keyOf(entry.Name),
      legsWithCalls(entry.Splits).map(({ Service }) => keyOf(Service || entry.Name)),
    ]),
  );
  /** Names that calls of a name go on to; its own where they end there, and none where they go to a peer. */
  const nextOf = (key: string): readonly string[] => {
    const legs = legsOf.get(key) ?? [key];
    const redirect = redirects.get(key);
    const itself = redirect?.Peer ? [] : [keyOf(redirect?.Service || key)];
    return legs.flatMap((leg) => (leg === key ? itself : [leg]));
  };
  const callersOf = Map.groupBy(
    [...new Set([...legsOf.keys(), ...redirects.keys()])].flatMap((key) =>
      nextOf(key).map((next) => ({ key, next })),
    ),
    ({ next }) => next,
  );
  const leads = (key: string): boolean => legsOf.get(key)?.includes(key) ?? true;
  const reachesPeer = reach(toPeer.filter(leads), (key) => callersOf.get(key)?.map((one) => one.key));
  const sharing = [
    ...[...legsOf.keys()].map((key) => [key]),
    ...routes.flatMap(({ entry }) =>
      entry.Rules.map(({ Services }) => Services.map(({ Name }) => keyOf(Name))),
    ),
  ].filter((keys) => keys.some((key) => reachesPeer.has(key)));
  return [...reach(sharing.flat(), nextOf)]
    .filter((key) => nextOf(key).includes(key))
    .slice(0, maxShared)
    .map((key) => ({ name: spelled.get(key) ?? key }));
};
