import type { DiscoveryChain } from './wire';
import { omitUndefined } from '../omit-undefined';
import { type RouteMatch, routesWithCalls } from './routes-with-calls';

/** The instances of a service that a resolver picks by a filter. */
export interface InstanceSubset {
  readonly name: string;
  /** In the language of Consul's `filter` parameter; empty where it picks all. */
  readonly filter: string;
  /** Leaves out instances with a warning. */
  readonly onlyPassing: boolean;
}

/** A target of a compiled discovery chain. */
export interface ChainTarget {
  readonly id: string;
  readonly service: string;
  readonly namespace: string;
  /** Another datacenter of a WAN federation, or this one; empty at a peer. */
  readonly datacenter: string;
  /** The peer as the chain spells it; empty if the target is not a peer's. */
  readonly peer: string;
  /** Absent where the target is every instance of the service. */
  readonly subset?: InstanceSubset;
  /** `failover` is used only while every target before it has no healthy instances. */
  readonly use: 'main' | 'failover';
  /** True where a splitter sends a share of the requests to it, whatever they ask for. */
  readonly isShare: boolean;
  /** The routers, splitters and resolvers on the way, such as `router:web.default.default`. */
  readonly nodes: readonly string[];
}

type Chain = DiscoveryChain['Chain'];

const subsetOf = ({ ServiceSubset, Subset }: Chain['Targets'][string]): Pick<ChainTarget, 'subset'> =>
  omitUndefined({
    subset:
      ServiceSubset === ''
        ? undefined
        : {
            name: ServiceSubset,
            filter: Subset?.Filter ?? '',
            onlyPassing: Subset?.OnlyPassing ?? false,
          },
  });

/** Leaves out the legs of a splitter that get no calls. Consul leaves a weight of 0 out of compiled chains. */
export const legsWithCalls = <T extends { readonly Weight?: unknown }>(
  splits: readonly T[],
): readonly T[] => {
  const used = splits.filter(({ Weight }) => typeof Weight === 'number' && Weight > 0);
  return used.length > 0 ? used : splits;
};

/** Looks a name up that a server chose, such as `constructor`, which every object inherits. */
const own = <T>(map: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(map, name) ? map[name] : undefined;

type Route = Chain['Nodes'][string]['Routes'][number];

/** Snapshots of an earlier version do not have the definition. */
const matchOfRoute = ({ Definition }: Route): RouteMatch | null | undefined =>
  Definition ? (Definition.Match ?? null) : undefined;

/**
 * Lists the targets of a compiled chain, each once for each use, main targets first. Skips those that no calls reach, and nodes and targets that are
 * named but missing: Consul never returns such a chain, but a hostile server could.
 */
export const listChainTargets = (chain: Chain): readonly ChainTarget[] => {
  const found = new Map<string, ChainTarget>();
  const visited = new Set<string>();

  const add = (id: string, { use, isShare, nodes }: Pick<ChainTarget, 'use' | 'isShare' | 'nodes'>): void => {
    const target = own(chain.Targets, id);
    const key = `${use}/${id}`;
    const known = found.get(key);
    // The way that sends it a share counts.
    if (known && isShare && !known.isShare) found.set(key, { ...known, isShare, nodes });
    if (target === undefined || known) return;
    found.set(key, {
      id,
      service: target.Service,
      namespace: target.Namespace || 'default',
      datacenter: target.Datacenter,
      peer: target.Peer,
      ...subsetOf(target),
      use,
      isShare,
      nodes,
    });
  };

  // A queue instead of recursion: the server decides how deep the graph is.
  const queue: { readonly name: string; readonly isShare: boolean; readonly nodes: readonly string[] }[] = [
    { name: chain.StartNode, isShare: false, nodes: [] },
  ];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const node = own(chain.Nodes, next.name);
    const key = `${next.isShare}/${next.name}`;
    if (node === undefined || visited.has(key)) continue;
    visited.add(key);
    const { isShare } = next;
    const nodes = [...next.nodes, next.name];
    const legs = legsWithCalls(node.Splits);
    for (const { NextNode } of routesWithCalls(node.Routes, matchOfRoute))
      queue.push({ name: NextNode, isShare, nodes });
    for (const { NextNode } of legs)
      queue.push({ name: NextNode, isShare: isShare || legs.length > 1, nodes });
    if (node.Resolver) {
      add(node.Resolver.Target, { use: 'main', isShare, nodes });
      for (const id of node.Resolver.Failover?.Targets ?? []) add(id, { use: 'failover', isShare, nodes });
    }
  }
  return [...found.values()].sort((a, b) => Number(a.use === 'failover') - Number(b.use === 'failover'));
};
