import type { SamenessGroup, ServiceResolver, ServiceRouter, ServiceSplitter } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import type { UpstreamTarget } from '../model';
import { orDefault, serviceKey } from '../names';
import { failoverGroupOf, membersOf } from './sameness-groups';

/** The config entries of one partition that discovery chains are made of, found by service. */
export interface ChainEntries {
  readonly datacenter: string;
  readonly partition: string;
  readonly routers: ReadonlyMap<string, Entry<ServiceRouter>>;
  readonly splitters: ReadonlyMap<string, Entry<ServiceSplitter>>;
  readonly resolvers: ReadonlyMap<string, Entry<ServiceResolver>>;
  readonly groups: readonly Entry<SamenessGroup>[] | undefined;
}

/** Indexes the entries of one partition by the service that they are for. */
export const entriesByService = <
  T extends { Name: string; Namespace?: string | undefined; Partition?: string | undefined },
>(
  entries: readonly Entry<T>[] | undefined,
  partition: string,
): ReadonlyMap<string, Entry<T>> =>
  new Map(
    (entries ?? [])
      .filter(({ entry }) => orDefault(entry.Partition) === orDefault(partition))
      .map((entry) => [serviceKey(entry.entry.Name, entry.entry.Namespace), entry]),
  );

/** A service name on its way through the chain. */
interface ChainNode {
  readonly service: string;
  readonly namespace: string;
  readonly via: UpstreamTarget['via'];
  readonly trail: readonly Evidence[];
}

const localTarget = (entries: ChainEntries, node: ChainNode, datacenter = ''): UpstreamTarget => ({
  ...node,
  peer: '',
  datacenter: datacenter === entries.datacenter ? '' : datacenter,
});

const peerTarget = (node: ChainNode, peer: string): UpstreamTarget => ({ ...node, peer, datacenter: '' });

/** Returns the members of a sameness group that are peers. Members that are partitions of this cluster are not. */
export const groupTargets = (
  entries: ChainEntries,
  group: string,
  node: ChainNode,
): readonly UpstreamTarget[] =>
  (membersOf(entries.groups, group, entries.partition) ?? [])
    .filter((member) => member.Peer)
    .map((member) => peerTarget({ ...node, via: 'sameness-group' }, member.Peer));

/** Follows the failover of a resolver. A target takes the redirect of its own resolver, but not its failover. */
const failoverTargets = (
  entries: ChainEntries,
  from: ChainNode,
  resolver: Entry<ServiceResolver> | undefined,
): readonly UpstreamTarget[] => {
  const group = failoverGroupOf(entries.groups, entries.partition);
  const rules = Object.entries(resolver?.entry.Failover ?? {});
  if (!resolver || rules.length === 0) {
    return group ? groupTargets(entries, group, from) : [];
  }
  return rules.flatMap(([subset, rule]) => {
    const path = `Failover[${JSON.stringify(subset)}]`;
    const base: ChainNode = {
      service: rule.Service || from.service,
      namespace: orDefault(rule.Namespace || from.namespace),
      via: 'failover',
      trail: [...from.trail, evidence(resolver.at, path, rule)],
    };
    const targets = rule.Targets.flatMap((target, index): readonly UpstreamTarget[] => {
      const next: ChainNode = {
        service: target.Service || base.service,
        namespace: orDefault(target.Namespace || base.namespace),
        via: 'failover',
        trail: [...from.trail, evidence(resolver.at, `${path}.Targets[${index}]`, target)],
      };
      if (target.Peer) return [peerTarget(next, target.Peer)];
      return target.Datacenter
        ? [localTarget(entries, next, target.Datacenter)]
        : followResolver(entries, next, false);
    });
    const datacenters = rule.Datacenters.map((datacenter) => localTarget(entries, base, datacenter));
    const members = rule.SamenessGroup ? groupTargets(entries, rule.SamenessGroup, base) : [];
    const service =
      rule.Service && rule.Targets.length + rule.Datacenters.length === 0 ? [localTarget(entries, base)] : [];
    return [...targets, ...datacenters, ...members, ...service];
  });
};

/** Follows the resolver of a service: redirects, and failover if asked for. Circular redirects reach nothing. */
const followResolver = (
  entries: ChainEntries,
  node: ChainNode,
  failover: boolean,
  visited: readonly string[] = [],
): readonly UpstreamTarget[] => {
  const key = serviceKey(node.service, node.namespace);
  const resolver = entries.resolvers.get(key);
  const redirect = resolver?.entry.Redirect;
  if (resolver && redirect) {
    const next: ChainNode = {
      service: redirect.Service || node.service,
      namespace: orDefault(redirect.Namespace || node.namespace),
      via: 'redirect',
      trail: [...node.trail, evidence(resolver.at, 'Redirect', redirect)],
    };
    if (redirect.Peer) return [peerTarget(next, redirect.Peer)];
    if (redirect.SamenessGroup)
      return [localTarget(entries, next), ...groupTargets(entries, redirect.SamenessGroup, next)];
    if (redirect.Datacenter && redirect.Datacenter !== entries.datacenter) {
      return [localTarget(entries, next, redirect.Datacenter)];
    }
    return visited.includes(key) ? [] : followResolver(entries, next, failover, [...visited, key]);
  }
  return [localTarget(entries, node), ...(failover ? failoverTargets(entries, node, resolver) : [])];
};

/** Follows splitters. Each is followed once, so that splitters of splitters cost no more than their number. */
const followSplitter = (
  entries: ChainEntries,
  node: ChainNode,
  followed: Set<string>,
): readonly UpstreamTarget[] => {
  const key = serviceKey(node.service, node.namespace);
  const splitter = entries.splitters.get(key);
  if (!splitter) return followResolver(entries, node, true);
  if (followed.has(key)) return [];
  followed.add(key);
  return splitter.entry.Splits.flatMap((leg, index) => {
    const trail = [...node.trail, evidence(splitter.at, `Splits[${index}]`, leg)];
    return !leg.Service || leg.Service === node.service
      ? followResolver(entries, { ...node, trail }, true)
      : followSplitter(entries, { ...node, service: leg.Service, trail }, followed);
  });
};

/** Resolves a service name as Consul's discovery chain does: router, then splitter, then resolver. */
export const resolveChain = (entries: ChainEntries, node: ChainNode): readonly UpstreamTarget[] => {
  const followed = new Set<string>();
  const router = entries.routers.get(serviceKey(node.service, node.namespace));
  const routes = (router?.entry.Routes ?? []).flatMap((route, index) => {
    const service = route.Destination?.Service;
    return router && service && service !== node.service
      ? followSplitter(
          entries,
          {
            ...node,
            service,
            trail: [...node.trail, evidence(router.at, `Routes[${index}].Destination`, route.Destination)],
          },
          followed,
        )
      : [];
  });
  return [...followSplitter(entries, node, followed), ...routes];
};
