import type { SamenessGroup, ServiceResolver, ServiceRouter, ServiceSplitter } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import { orDefault, serviceKey } from '../names';
import { failoverGroupOf, membersOf } from './sameness';

type Via = 'upstream' | 'redirect' | 'failover' | 'sameness-group' | 'prepared-query';

/** Where an upstream leads in the end. */
export interface Reach {
  /** The peer, under its name here; empty where it is this cluster or another datacenter of it. */
  readonly peer: string;
  /** Another datacenter (WAN federation); empty for this one and for peers. */
  readonly datacenter: string;
  readonly service: string;
  readonly namespace: string;
  readonly via: Via;
  /** The values that led here, the upstream itself left out. */
  readonly trail: readonly Evidence[];
}

/** The config entries that bend a service name, found by service. */
export interface Chain {
  readonly datacenter: string;
  readonly partition: string;
  readonly routers: ReadonlyMap<string, Entry<ServiceRouter>>;
  readonly splitters: ReadonlyMap<string, Entry<ServiceSplitter>>;
  readonly resolvers: ReadonlyMap<string, Entry<ServiceResolver>>;
  readonly groups: readonly Entry<SamenessGroup>[] | undefined;
}

/** Finds the entries of one partition by the service they are for. */
export const byService = <
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

interface Target {
  readonly service: string;
  readonly namespace: string;
  readonly via: Via;
  readonly trail: readonly Evidence[];
}

const here = (chain: Chain, target: Target, datacenter = ''): Reach => ({
  ...target,
  peer: '',
  datacenter: datacenter === chain.datacenter ? '' : datacenter,
});

const atPeer = (target: Target, peer: string): Reach => ({ ...target, peer, datacenter: '' });

/** The far members of a sameness group. Those that are partitions of this cluster lead to no peer. */
export const throughGroup = (chain: Chain, group: string, target: Target): readonly Reach[] =>
  (membersOf(chain.groups, group, chain.partition) ?? [])
    .filter((member) => member.Peer)
    .map((member) => atPeer({ ...target, via: 'sameness-group' }, member.Peer));

/** Failover of a resolver. A target takes the redirect of its own resolver, but not its failover. */
const failoverOf = (
  chain: Chain,
  from: Target,
  resolver: Entry<ServiceResolver> | undefined,
): readonly Reach[] => {
  const group = failoverGroupOf(chain.groups, chain.partition);
  const rules = Object.entries(resolver?.entry.Failover ?? {});
  if (!resolver || rules.length === 0) {
    return group ? throughGroup(chain, group, from) : [];
  }
  return rules.flatMap(([subset, rule]) => {
    const path = `Failover[${JSON.stringify(subset)}]`;
    const base: Target = {
      service: rule.Service || from.service,
      namespace: orDefault(rule.Namespace || from.namespace),
      via: 'failover',
      trail: [...from.trail, evidence(resolver.at, path, rule)],
    };
    const targets = rule.Targets.flatMap((target, index): readonly Reach[] => {
      const next: Target = {
        service: target.Service || base.service,
        namespace: orDefault(target.Namespace || base.namespace),
        via: 'failover',
        trail: [...from.trail, evidence(resolver.at, `${path}.Targets[${index}]`, target)],
      };
      if (target.Peer) return [atPeer(next, target.Peer)];
      return target.Datacenter ? [here(chain, next, target.Datacenter)] : resolve(chain, next, false);
    });
    const datacenters = rule.Datacenters.map((datacenter) => here(chain, base, datacenter));
    const group = rule.SamenessGroup ? throughGroup(chain, rule.SamenessGroup, base) : [];
    const service =
      rule.Service && rule.Targets.length + rule.Datacenters.length === 0 ? [here(chain, base)] : [];
    return [...targets, ...datacenters, ...group, ...service];
  });
};

/** A service through its resolver: redirects, and failover where asked for. Redirects in a circle end. */
const resolve = (
  chain: Chain,
  target: Target,
  failover: boolean,
  seen: readonly string[] = [],
): readonly Reach[] => {
  const key = serviceKey(target.service, target.namespace);
  const resolver = chain.resolvers.get(key);
  const redirect = resolver?.entry.Redirect;
  if (resolver && redirect) {
    const next: Target = {
      service: redirect.Service || target.service,
      namespace: orDefault(redirect.Namespace || target.namespace),
      via: 'redirect',
      trail: [...target.trail, evidence(resolver.at, 'Redirect', redirect)],
    };
    if (redirect.Peer) return [atPeer(next, redirect.Peer)];
    if (redirect.SamenessGroup)
      return [here(chain, next), ...throughGroup(chain, redirect.SamenessGroup, next)];
    if (redirect.Datacenter && redirect.Datacenter !== chain.datacenter) {
      return [here(chain, next, redirect.Datacenter)];
    }
    return seen.includes(key) ? [] : resolve(chain, next, failover, [...seen, key]);
  }
  return [here(chain, target), ...(failover ? failoverOf(chain, target, resolver) : [])];
};

/** Each splitter is followed once, so that splitters of splitters cost no more than there are of them. */
const split = (chain: Chain, target: Target, followed: Set<string>): readonly Reach[] => {
  const key = serviceKey(target.service, target.namespace);
  const splitter = chain.splitters.get(key);
  if (!splitter) return resolve(chain, target, true);
  if (followed.has(key)) return [];
  followed.add(key);
  return splitter.entry.Splits.flatMap((leg, index) => {
    const trail = [...target.trail, evidence(splitter.at, `Splits[${index}]`, leg)];
    return !leg.Service || leg.Service === target.service
      ? resolve(chain, { ...target, trail }, true)
      : split(chain, { ...target, service: leg.Service, trail }, followed);
  });
};

/** Where a service name leads: router, then splitter, then resolver, as Consul's discovery chain does. */
export const follow = (chain: Chain, target: Target): readonly Reach[] => {
  const followed = new Set<string>();
  const router = chain.routers.get(serviceKey(target.service, target.namespace));
  const routes = (router?.entry.Routes ?? []).flatMap((route, index) => {
    const service = route.Destination?.Service;
    return router && service && service !== target.service
      ? split(
          chain,
          {
            ...target,
            service,
            trail: [...target.trail, evidence(router.at, `Routes[${index}].Destination`, route.Destination)],
          },
          followed,
        )
      : [];
  });
  return [...split(chain, target, followed), ...routes];
};
