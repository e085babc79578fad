import type { ParsedPolicy } from './rights';
import type { Extent, NamedResource, Rule, WholeResource } from './rules';

/**
 * Partitions and namespaces of Consul Enterprise. Written against its documented rules; no licensed server has
 * seen it. CE has neither, and ignores blocks of those names.
 */

export interface Tenancy {
  readonly partition: string;
  readonly namespace: string;
}

/** What is kept in namespaces. All else belongs to a partition as a whole. */
const inNamespaces: ReadonlySet<NamedResource | WholeResource> = new Set<NamedResource | WholeResource>([
  'acl',
  'key',
  'query',
  'service',
  'session',
]);

/** How closely an extent names something; undefined where it does not. An exact name comes before any prefix. */
const closeness = ({ match, name }: Extent, asked: string): number | undefined => {
  if (match === 'exact') return name === asked ? Number.POSITIVE_INFINITY : undefined;
  return asked.startsWith(name) ? name.length : undefined;
};

interface Placed {
  readonly policy: ParsedPolicy;
  readonly rule: Rule;
}

/** The rules of the closest extent, those of all policies together. */
const closest = (
  placed: readonly Placed[],
  asked: string,
  extentOf: (placed: Placed) => Extent,
): readonly Placed[] => {
  const ranked = placed.flatMap((one) => {
    const rank = closeness(extentOf(one), asked);
    return rank === undefined ? [] : [{ one, rank }];
  });
  const best = ranked.reduce((most, { rank }) => Math.max(most, rank), -1);
  return ranked.filter(({ rank }) => rank === best).map(({ one }) => one);
};

const exactly = (name = 'default'): Extent => ({ match: 'exact', name });

/** The policies with those rules only that hold in a partition and namespace. */
export const selectPoliciesInTenancy = (
  policies: readonly ParsedPolicy[],
  tenancy: Tenancy,
): readonly ParsedPolicy[] => {
  const all = policies.flatMap((policy) => policy.rules.map((rule) => ({ policy, rule })));
  const inPartition = closest(
    all,
    tenancy.partition,
    ({ policy, rule }) => rule.scope?.partition ?? exactly(policy.partition),
  );
  const isInNamespace = ({ rule }: Placed): boolean => inNamespaces.has(rule.resource);
  const inNamespace = closest(
    inPartition.filter(isInNamespace),
    tenancy.namespace,
    ({ policy, rule }) =>
      // A partition block without a namespace inside speaks of the default one.
      rule.scope?.namespace ?? exactly(rule.scope?.partition ? undefined : policy.namespace),
  );
  const holding = new Map<ParsedPolicy, Set<Rule>>(policies.map((policy) => [policy, new Set()]));
  for (const { policy, rule } of [...inPartition.filter((one) => !isInNamespace(one)), ...inNamespace]) {
    holding.get(policy)?.add(rule);
  }
  return policies.map((policy) => ({
    ...policy,
    rules: policy.rules.filter((rule) => holding.get(policy)?.has(rule)),
  }));
};
