import type { ParsedPolicy } from './rights';
import type { Extent, NamedResource, Rule, WholeResource } from './rules';

/**
 * Partitions and namespaces of Consul Enterprise. Written from its documented rules; not tested on a licensed
 * server. CE has neither, and ignores blocks of those names.
 */

export interface Tenancy {
  readonly partition: string;
  readonly namespace: string;
}

/** Resources in namespaces. All others belong to a partition as a whole. */
const inNamespaces: ReadonlySet<NamedResource | WholeResource> = new Set<NamedResource | WholeResource>([
  'acl',
  'key',
  'query',
  'service',
  'session',
]);

/** Returns how closely an extent matches a name, or undefined. An exact name ranks before any prefix. */
const closeness = ({ match, name: extentName }: Extent, name: string): number | undefined => {
  if (match === 'exact') return extentName === name ? Number.POSITIVE_INFINITY : undefined;
  return name.startsWith(extentName) ? extentName.length : undefined;
};

interface PolicyRule {
  readonly policy: ParsedPolicy;
  readonly rule: Rule;
}

/** Returns the rules of the closest extent, over all policies. */
const closest = (
  rules: readonly PolicyRule[],
  name: string,
  extentOf: (rule: PolicyRule) => Extent,
): readonly PolicyRule[] => {
  const ranked = rules.flatMap((one) => {
    const rank = closeness(extentOf(one), name);
    return rank === undefined ? [] : [{ one, rank }];
  });
  const best = ranked.reduce((highest, { rank }) => Math.max(highest, rank), -1);
  return ranked.filter(({ rank }) => rank === best).map(({ one }) => one);
};

const exactly = (name = 'default'): Extent => ({ match: 'exact', name });

/** Returns the policies with only those rules that apply in a partition and namespace. */
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
  const isInNamespace = ({ rule }: PolicyRule): boolean => inNamespaces.has(rule.resource);
  const inNamespace = closest(
    inPartition.filter(isInNamespace),
    tenancy.namespace,
    ({ policy, rule }) =>
      // A partition block without a namespace in it applies to the default one.
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
