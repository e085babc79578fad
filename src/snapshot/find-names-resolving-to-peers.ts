import type { ServiceResolver, ServiceRouter, ServiceSplitter } from '../consul/wire';

/** Config entries that rewrite service names. */
export interface NameRewritingEntries {
  readonly resolvers: readonly ServiceResolver[];
  readonly routers: readonly ServiceRouter[];
  readonly splitters: readonly ServiceSplitter[];
}

interface Rewrite {
  readonly name: string;
  /** It names a peer, or a sameness group, whose members may be peers. */
  readonly toPeer: boolean;
  readonly to: readonly string[];
}

const ofResolver = ({ Name, Redirect, Failover }: ServiceResolver): Rewrite => {
  const rules = Object.values(Failover);
  const targets = [...(Redirect ? [Redirect] : []), ...rules.flatMap((rule) => rule.Targets)];
  return {
    name: Name,
    toPeer: [...targets, ...rules].some(
      (target) => ('Peer' in target && target.Peer) || target.SamenessGroup,
    ),
    to: [...targets, ...rules].flatMap((target) => target.Service || []),
  };
};

/**
 * Finds the service names that config entries resolve to a peer: an upstream to one is an upstream to a peer, although
 * it names none. Ignores namespaces, so there may be a few too many; resolving them removes those.
 */
export const findNamesResolvingToPeers = ({
  resolvers,
  routers,
  splitters,
}: NameRewritingEntries): readonly string[] => {
  const rewrites: readonly Rewrite[] = [
    ...resolvers.map(ofResolver),
    ...routers.map(({ Name, Routes }) => ({
      name: Name,
      toPeer: false,
      to: Routes.flatMap((route) => route.Destination?.Service || []),
    })),
    ...splitters.map(({ Name, Splits }) => ({
      name: Name,
      toPeer: false,
      to: Splits.flatMap((split) => split.Service || []),
    })),
  ];
  // Consul ignores case when it looks up entries.
  const from = new Map<string, string[]>();
  for (const { name, to } of rewrites) {
    for (const target of to.map((service) => service.toLowerCase())) {
      const names = from.get(target) ?? [];
      names.push(name);
      from.set(target, names);
    }
  }
  const found = new Set<string>();
  const next = rewrites.filter(({ toPeer }) => toPeer).map(({ name }) => name);
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    next.push(...(from.get(name.toLowerCase()) ?? []));
  }
  return [...found].sort();
};
