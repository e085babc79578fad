import type { ServiceResolver, ServiceRouter, ServiceSplitter } from '../consul/wire';

/** The config entries that bend service names. */
export interface NameRewritingEntries {
  readonly resolvers: readonly ServiceResolver[];
  readonly routers: readonly ServiceRouter[];
  readonly splitters: readonly ServiceSplitter[];
}

interface Lead {
  readonly name: string;
  /** It names a peer, or a sameness group, whose members may be peers. */
  readonly toPeer: boolean;
  readonly to: readonly string[];
}

const ofResolver = ({ Name, Redirect, Failover }: ServiceResolver): Lead => {
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
 * The services whose names lead to a peer by config entries: an upstream to one is an upstream to a peer, though
 * it names none. Namespaces are left aside, so there may be some too many, which are sorted out when resolved.
 */
export const findNamesLeadingToPeers = ({
  resolvers,
  routers,
  splitters,
}: NameRewritingEntries): readonly string[] => {
  const leads: readonly Lead[] = [
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
  // Consul finds entries without regard to case.
  const from = new Map<string, string[]>();
  for (const { name, to } of leads) {
    for (const target of to.map((service) => service.toLowerCase())) {
      const names = from.get(target) ?? [];
      names.push(name);
      from.set(target, names);
    }
  }
  const found = new Set<string>();
  const next = leads.filter((lead) => lead.toPeer).map((lead) => lead.name);
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    next.push(...(from.get(name.toLowerCase()) ?? []));
  }
  return [...found].sort();
};
