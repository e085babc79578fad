import type { NamedResource, Rule, WholeResource } from './rules';

/** Several policies put together into what they grant, the way Consul 1.20 merges and looks up rules. */

/** A policy as far as evaluation needs it, its rules parsed. */
export interface Policy {
  readonly id: string;
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Enterprise: where the policy itself is kept, and so where its rules outside of any block hold. */
  readonly partition?: string;
  readonly namespace?: string;
}

/** A rule and the policy that it stands in. */
export interface Source {
  readonly policy: { readonly id: string; readonly name: string };
  readonly rule: Rule;
}

export interface Granted {
  /** As written in the rule that won. */
  readonly level: string;
  readonly from: Source;
}

interface Tree {
  readonly exact: Map<string, Granted>;
  readonly prefix: Map<string, Granted>;
}

export type DefaultPolicy = 'allow' | 'deny';

export interface Rights {
  readonly named: ReadonlyMap<NamedResource | 'intention', Tree>;
  readonly whole: ReadonlyMap<WholeResource, Granted>;
  readonly defaultPolicy: DefaultPolicy;
}

/** Between rules on exactly the same name, deny wins over write over list over read. Other spellings never win. */
const strength = ['', 'read', 'list', 'write', 'deny'];
const overrides = (level: string, other: string): boolean =>
  strength.indexOf(level) > Math.max(strength.indexOf(other), 0);

const put = (into: Map<string, Granted>, segment: string, granted: Granted): void => {
  const found = into.get(segment);
  if (!found || overrides(granted.level, found.level)) into.set(segment, granted);
};

const emptyTree = (): Tree => ({ exact: new Map(), prefix: new Map() });

/** Where no rule speaks of intentions, reading them comes with reading or writing the service. */
const derivedIntentions = ({ level, from }: Granted): Granted => ({
  level: level === 'read' || level === 'write' ? 'read' : 'deny',
  from,
});

/**
 * Puts policies together. Their order matters only between levels that are not in lower case.
 * @param defaultPolicy what holds where no rule decides
 */
export const rightsOf = (policies: readonly Policy[], defaultPolicy: DefaultPolicy): Rights => {
  const named = new Map<NamedResource | 'intention', Tree>();
  const whole = new Map<WholeResource, Granted>();
  const said = emptyTree();
  const treeOf = (resource: NamedResource | 'intention'): Tree => {
    const tree = named.get(resource) ?? emptyTree();
    named.set(resource, tree);
    return tree;
  };
  for (const { id, name, rules } of policies) {
    for (const rule of rules) {
      const granted = { level: rule.level, from: { policy: { id, name }, rule } };
      if (rule.match === 'whole') {
        const resource = rule.resource as WholeResource;
        // Here an odd spelling does not even win over nothing: Consul accepts `acl = "Read"` and drops it.
        if (overrides(rule.level, whole.get(resource)?.level ?? '')) whole.set(resource, granted);
        continue;
      }
      put(treeOf(rule.resource as NamedResource)[rule.match], rule.segment, granted);
      if (rule.resource === 'service')
        put(said[rule.match], rule.segment, { ...granted, level: rule.intentions });
    }
  }
  const services = treeOf('service');
  const intentions = treeOf('intention');
  for (const match of ['exact', 'prefix'] as const) {
    for (const [segment, granted] of services[match]) {
      const spoken = said[match].get(segment);
      intentions[match].set(segment, spoken && spoken.level !== '' ? spoken : derivedIntentions(granted));
    }
  }
  return { named, whole, defaultPolicy };
};
