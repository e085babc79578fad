import { type NamedResource, namedResources, type Rule, type WholeResource } from './rules';

/** A policy as far as evaluation needs it, its rules parsed. */
export interface ParsedPolicy {
  readonly id: string;
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Enterprise: the tenancy of the policy itself, where its rules outside of any block apply. */
  readonly partition?: string | undefined;
  readonly namespace?: string | undefined;
}

/** A rule and its policy. */
export interface RuleSource {
  readonly policy: { readonly id: string; readonly name: string };
  readonly rule: Rule;
}

/** The level that a rule on a name grants. */
export interface GrantedLevel {
  /** As written in the rule that won. */
  readonly level: string;
  readonly from: RuleSource;
}

/** The result of all rules on exactly one name. */
interface Merged extends GrantedLevel {
  /** Services only: set if a rule has a field for intentions. It need not be the rule that won. */
  readonly intentions?: GrantedLevel | undefined;
}

interface Tree {
  readonly exact: Map<string, Merged>;
  readonly prefix: Map<string, Merged>;
}

export type DefaultPolicy = 'allow' | 'deny';

export interface Rights {
  readonly named: ReadonlyMap<NamedResource, Tree>;
  readonly whole: ReadonlyMap<WholeResource, GrantedLevel>;
  readonly defaultPolicy: DefaultPolicy;
}

/** Between rules on exactly the same name, deny wins over write over list over read. Other spellings never win. */
const strength = ['', 'read', 'list', 'write', 'deny'];
const overrides = (level: string, other = ''): boolean =>
  strength.indexOf(level) > Math.max(strength.indexOf(other), 0);

const mergedOf = (
  found: Merged | undefined,
  granted: GrantedLevel,
  intentions: GrantedLevel | undefined,
): Merged => {
  if (!found) return { ...granted, intentions };
  const { level, from } = overrides(granted.level, found.level) ? granted : found;
  const speaks = intentions && overrides(intentions.level, found.intentions?.level);
  return { level, from, intentions: speaks ? intentions : found.intentions };
};

/** Returns the grant on intentions of a service: without a field for them, access to the service includes reading them. */
export const intentionGrantOf = ({ level, from, intentions }: Merged): GrantedLevel =>
  intentions ?? { level: level === 'read' || level === 'write' ? 'read' : 'deny', from };

/**
 * Merges policies into what they grant, as Consul 1.20 does. Their order matters only between levels that are not in
 * lower case.
 * @param defaultPolicy applies if no rule decides
 */
export const mergePolicies = (policies: readonly ParsedPolicy[], defaultPolicy: DefaultPolicy): Rights => {
  const named = new Map<NamedResource, Tree>(
    namedResources.map((resource) => [resource, { exact: new Map(), prefix: new Map() }]),
  );
  const whole = new Map<WholeResource, GrantedLevel>();
  for (const { id, name, rules } of policies) {
    const policy = { id, name };
    for (const rule of rules) {
      const { level, segment, intentions } = rule;
      const from = { policy, rule };
      if (rule.match === 'whole') {
        const resource = rule.resource as WholeResource;
        // Here a level in upper case does not even win over no level: Consul accepts `acl = "Read"` and drops it.
        if (overrides(level, whole.get(resource)?.level)) whole.set(resource, { level, from });
        continue;
      }
      const tree = named.get(rule.resource as NamedResource)?.[rule.match];
      const speaks = intentions === '' ? undefined : { level: intentions, from };
      tree?.set(segment, mergedOf(tree.get(segment), { level, from }, speaks));
    }
  }
  return { named, whole, defaultPolicy };
};

/** Tells whether a rule grants an access on some name or prefix of a resource, whatever others deny. */
export const grantsAny = ({ named }: Rights, resource: NamedResource, access: 'read' | 'write'): boolean => {
  const tree = named.get(resource);
  const levels = access === 'read' ? ['read', 'write'] : ['write'];
  return [...(tree?.exact.values() ?? []), ...(tree?.prefix.values() ?? [])].some(({ level }) =>
    levels.includes(level.toLowerCase()),
  );
};
