import { legsWithCalls } from '../../consul/chain-targets';
import { l7Protocols } from '../../consul/l7-protocols';
import { routesWithCalls } from '../../consul/routes-with-calls';
import type { ServiceResolver, ServiceSplitter } from '../../consul/wire';
import type { Evidence } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import { evidence } from '../evidence';
import type { SplitterName, UpstreamTarget } from '../model';
import { exactKey, orDefault, serviceKey } from '../names';
import { type ChainEntries, findEntriesInChain } from './entries-in-chain';
import { omitUndefined } from '../../omit-undefined';
import { failoverGroupOf, membersOf } from './sameness-groups';

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

/** A service on its way through the chain. */
interface Stop {
  readonly service: string;
  readonly subset: string;
  readonly namespace: string;
  /** Empty at a peer. */
  readonly datacenter: string;
  readonly peer: string;
  readonly trail: readonly Evidence[];
  /** The splitter that it comes from; absent where it comes from none. */
  readonly splitter?: SplitterName | undefined;
}

/** A redirect, a failover target or a failover section: what it sets replaces what was there. */
interface Rewriting {
  readonly Service?: string | undefined;
  readonly ServiceSubset?: string | undefined;
  readonly Namespace?: string | undefined;
  readonly Datacenter?: string | undefined;
  readonly Peer?: string | undefined;
}

/** The request of a sidecar for a chain. */
export interface ChainCall {
  readonly service: string;
  readonly namespace: string;
  /** The datacenter that the upstream names; empty for that of the cluster. */
  readonly datacenter: string;
  /** The protocol that the upstream sets; empty if it sets none. */
  readonly protocol: string;
}

const keyOf = ({ service, subset, namespace, datacenter, peer }: Stop): string =>
  JSON.stringify([service, subset, namespace, datacenter, peer]);

/** Returns the members of a sameness group that are peers. Members that are partitions of this cluster are not. */
export const groupTargets = (
  entries: Pick<ChainEntries, 'groups' | 'partition'>,
  group: string,
  { service, namespace, trail }: Pick<UpstreamTarget, 'service' | 'namespace' | 'trail'>,
): readonly UpstreamTarget[] =>
  (membersOf(entries.groups, group, entries.partition) ?? [])
    .filter((member) => member.Peer)
    .map((member) => ({
      service,
      namespace,
      trail,
      peer: member.Peer,
      datacenter: '',
      via: 'sameness-group',
    }));

/**
 * Compiles the chain of a name from config entries: router, then splitters, then resolvers with their failover. Where
 * Consul can be asked, its own compiler is: this is for what it was not asked about. The rules are held against that
 * compiler by a test (`test/checks/traffic/discovery-chain.test.ts`).
 */
export const resolveChain = (entries: ChainEntries, call: ChainCall): readonly UpstreamTarget[] =>
  resolveChainWithSubsets(entries, call).map(({ subset: _, ...target }) => target);

/** Compiles a chain like `resolveChain`; each target has its subset, which is empty where it is every instance. */
export const resolveChainWithSubsets = (
  entries: ChainEntries,
  call: ChainCall,
): readonly (UpstreamTarget & { readonly subset: string })[] => {
  const evaluateIn = call.datacenter || entries.datacenter;
  // A protocol of the upstream that is not one of L7 switches routers and splitters off.
  const isL7 = call.protocol === '' || l7Protocols.has(call.protocol);
  const main = new Map<string, Stop>();
  const standby = new Map<string, Stop>();
  const members: UpstreamTarget[] = [];
  const withStandIn = new Set<string>();
  const visitedSplitters = new Set<string>();

  const located = (stop: Omit<Stop, 'trail'>, trail: readonly Evidence[]): Stop =>
    stop.peer === ''
      ? {
          ...stop,
          trail,
          datacenter: stop.datacenter || evaluateIn,
          namespace: stop.namespace || call.namespace,
        }
      : { ...stop, trail, datacenter: '', namespace: orDefault(stop.namespace) };

  /** Applies a rewriting. One without a peer drops the peer. */
  const rewrite = (stop: Stop, to: Rewriting, proof?: Evidence): Stop => {
    const service = to.Service || stop.service;
    return located(
      {
        service,
        subset: to.ServiceSubset || (service === stop.service ? stop.subset : ''),
        namespace: to.Namespace || to.Peer ? (to.Namespace ?? '') : stop.namespace,
        datacenter: to.Datacenter || stop.datacenter,
        peer: to.Peer ?? '',
        splitter: stop.splitter,
      },
      proof === undefined ? stop.trail : [...stop.trail, proof],
    );
  };

  const router = entries.routers.get(serviceKey(call.service, call.namespace));
  const found = findEntriesInChain(entries, call);
  const resolverOf = ({ service, namespace }: Stop): Entry<ServiceResolver> | undefined =>
    found.resolvers.has(exactKey(service, namespace))
      ? entries.resolvers.get(serviceKey(service, namespace))
      : undefined;
  const splitterOf = ({ service, namespace }: Stop): Entry<ServiceSplitter> | undefined =>
    isL7 && found.splitters.has(exactKey(service, namespace))
      ? entries.splitters.get(serviceKey(service, namespace))
      : undefined;

  /** Follows redirects and default subsets to their end; undefined if they form a loop. */
  const follow = (from: Stop): Stop | undefined => {
    const visited = new Set<string>();
    for (let stop = from; ; ) {
      if (visited.has(keyOf(stop))) return undefined;
      visited.add(keyOf(stop));
      const resolver = resolverOf(stop);
      const redirect = resolver?.entry.Redirect;
      if (resolver && redirect && !redirect.SamenessGroup) {
        const next = rewrite(stop, redirect, evidence(resolver.at, 'Redirect', redirect));
        if (keyOf(next) !== keyOf(stop)) {
          stop = next;
          continue;
        }
      }
      const subset = resolver?.entry.DefaultSubset;
      if (!resolver || !subset || stop.subset !== '') return stop;
      stop = rewrite(stop, { ServiceSubset: subset }, evidence(resolver.at, 'DefaultSubset', subset));
    }
  };

  /** The targets of the failover section for a subset: its own, else that of `*`. */
  const failover = (stop: Stop, { entry, at }: Entry<ServiceResolver>): readonly Stop[] => {
    // Names of subsets are the users' own, and one may be `constructor`.
    const name = stop.subset !== '' && Object.hasOwn(entry.Failover, stop.subset) ? stop.subset : '*';
    const section = Object.hasOwn(entry.Failover, name) ? entry.Failover[name] : undefined;
    if (section === undefined) return [];
    const path = `Failover[${JSON.stringify(name)}]`;
    const { Service, ServiceSubset, Namespace, Datacenters, Targets, SamenessGroup: group } = section;
    const whole: Rewriting = { Service, ServiceSubset, Namespace };
    const shown = evidence(at, path, section);
    if (Datacenters.length > 0) {
      return Datacenters.map((Datacenter) => rewrite(stop, { ...whole, Datacenter }, shown));
    }
    if (Targets.length > 0) {
      return Targets.map((target, index) =>
        rewrite(stop, target, evidence(at, `${path}.Targets[${index}]`, target)),
      );
    }
    if (group) {
      members.push(...groupTargets(entries, group, rewrite(stop, whole, shown)));
      return [];
    }
    return [rewrite(stop, whole, shown)];
  };

  /** Adds the service that resolvers resolve to, and its failover targets. */
  const end = (from: Stop): void => {
    const stop = follow(from);
    if (stop === undefined) return;
    const known = main.get(keyOf(stop));
    main.set(keyOf(stop), known ? { ...known, splitter: known.splitter ?? stop.splitter } : stop);
    if (known) return;
    const resolver = resolverOf(stop);
    const group =
      resolver === undefined
        ? stop.peer === '' && failoverGroupOf(entries.groups, entries.partition)
        : resolver.entry.Redirect?.SamenessGroup;
    if (group) members.push(...groupTargets(entries, group, stop));
    const targets = resolver ? failover(stop, resolver) : [];
    if (group || targets.length > 0) withStandIn.add(keyOf(stop));
    for (const target of targets) {
      // A target takes the redirect of its own resolver, but not its failover.
      const last = keyOf(target) === keyOf(stop) ? undefined : follow(target);
      if (last && !standby.has(keyOf(last))) standby.set(keyOf(last), last);
    }
  };

  /** Tells legs in this partition from others, whose services are not known here. */
  const isHere = ({ Partition }: ServiceSplitter['Splits'][number]): boolean =>
    typeof Partition !== 'string' || Partition === '' || Partition === entries.partition;

  /** Follows the splitter of a service; false where there is none. Each is followed once, so that loops end. */
  const split = (stop: Stop): boolean => {
    const key = exactKey(stop.service, stop.namespace);
    const splitter = splitterOf(stop);
    if (splitter === undefined) return false;
    if (visitedSplitters.has(key)) return true;
    visitedSplitters.add(key);
    const { Name, Namespace: own, Splits } = splitter.entry;
    const itself = { name: Name, namespace: orDefault(own), partition: orDefault(entries.partition) };
    for (const one of legsWithCalls(Splits)) {
      const { Service, ServiceSubset = '', Namespace } = one;
      const index = Splits.indexOf(one);
      const leg = located(
        {
          service: Service || stop.service,
          subset: ServiceSubset,
          namespace: Namespace || stop.namespace,
          datacenter: '',
          peer: '',
          splitter: isHere(one) ? (stop.splitter ?? itself) : undefined,
        },
        [...stop.trail, evidence(splitter.at, `Splits[${index}]`, one)],
      );
      const isOther = exactKey(leg.service, leg.namespace) !== key;
      if (!(isOther && leg.subset === '' && split(leg))) end(leg);
    }
    return true;
  };

  const calledName = isL7 && router ? router.entry.Name : call.service;
  const start = located(
    { service: calledName, subset: '', namespace: call.namespace, datacenter: '', peer: '' },
    [],
  );
  const routes = isL7 && router ? router.entry.Routes : [];
  const reached = routesWithCalls(routes, ({ Match }) => Match ?? null);
  for (const [index, { Destination }] of reached.entries()) {
    const route = located(
      {
        service: Destination?.Service || call.service,
        subset: Destination?.ServiceSubset ?? '',
        namespace: Destination?.Namespace || call.namespace,
        datacenter: '',
        peer: '',
      },
      router ? [evidence(router.at, `Routes[${index}].Destination`, Destination)] : [],
    );
    if (!(route.subset === '' && split(route))) end(route);
  }
  // Requests that no route matches go on to the service itself.
  const isReached = routesWithCalls([...routes, undefined], (route) => route?.Match ?? null).includes(
    undefined,
  );
  if (isReached && !split(start)) end(start);

  const targetOf = (stop: Stop, via: UpstreamTarget['via']) => ({
    peer: stop.peer,
    subset: stop.subset,
    datacenter: stop.datacenter === entries.datacenter ? '' : stop.datacenter,
    service: stop.service,
    namespace: stop.namespace,
    via,
    trail: stop.trail,
  });
  const isItself = ({ peer, service }: Stop): boolean =>
    peer === '' && service.toLowerCase() === call.service.toLowerCase();
  return [
    ...[...main.values()].map((stop) => ({
      ...targetOf(stop, isItself(stop) ? 'upstream' : 'redirect'),
      ...omitUndefined({
        splitter: stop.splitter,
        hasStandIn: withStandIn.has(keyOf(stop)) ? true : undefined,
      }),
    })),
    ...[...standby.values()].map((stop) => targetOf(stop, 'failover')),
    ...members.map((member) => ({ ...member, subset: '' })),
  ];
};
