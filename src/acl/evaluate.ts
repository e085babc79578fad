import { z } from 'zod';
import { type GrantedLevel, intentionGrantOf, type Rights, type RuleSource } from './rights';
import { type NamedResource, namedResources, type WholeResource, wholeResources } from './rules';

export type Resource = NamedResource | WholeResource | 'intention';
/** All resources, as Consul's `internal/acl/authorize` names them. */
export const resources: readonly Resource[] = [...namedResources, ...wholeResources, 'intention'];

/** `list` exists for keys only. */
const Access = z.enum(['read', 'list', 'write']);
export type Access = z.infer<typeof Access>;

export const AclQuestion = z
  .object({
    resource: z.enum(resources),
    access: Access,
    /** The name that the question is about. Ignored for whole resources. */
    segment: z.string().optional(),
    /** True: about every name that starts with `segment`; without a segment, about all names. */
    all: z.boolean().optional(),
  })
  .readonly();
export interface AclQuestion extends z.infer<typeof AclQuestion> {}

/** The cause of a decision: a rule, or the default policy if no rule applies. */
export type DecisionReason =
  | { readonly by: 'rule'; readonly source: RuleSource }
  | { readonly by: 'default'; readonly policy: 'allow' | 'deny' };

export interface AclDecision {
  readonly allowed: boolean;
  readonly because: DecisionReason;
}

const isWhole = (resource: Resource): resource is WholeResource =>
  (wholeResources as readonly string[]).includes(resource);

/** Tells that a level covers an access: write covers all, list covers read. */
const covers = (level: string, access: Access): boolean => {
  const granted = level.toLowerCase();
  return granted === 'write' || granted === access || (granted === 'list' && access === 'read');
};

const byRule = (granted: GrantedLevel, access: Access): AclDecision => ({
  allowed: covers(granted.level, access),
  because: { by: 'rule', source: granted.from },
});

/** Decides by the default policy, which never grants access to ACLs: they take a rule. */
const byDefault = ({ defaultPolicy }: Rights, resource: Resource): AclDecision => ({
  allowed: defaultPolicy === 'allow' && resource !== 'acl',
  because: { by: 'default', policy: defaultPolicy },
});

/** `mesh` and `peering` fall back to `operator`. */
const wholeRule = (rights: Rights, resource: WholeResource): GrantedLevel | undefined =>
  rights.whole.get(resource) ??
  (resource === 'mesh' || resource === 'peering' ? rights.whole.get('operator') : undefined);

/** Returns lookups in the rules on names of a resource. Rules on intentions are part of those on services. */
const rulesOn = (rights: Rights, resource: NamedResource | 'intention') => {
  const tree = rights.named.get(resource === 'intention' ? 'service' : resource);
  const read = resource === 'intention' ? intentionGrantOf : (granted: GrantedLevel): GrantedLevel => granted;
  const longestPrefix = (segment: string): GrantedLevel | undefined => {
    if (!tree || tree.prefix.size === 0) return undefined;
    for (let length = segment.length; length >= 0; length -= 1) {
      const found = tree.prefix.get(segment.slice(0, length));
      if (found) return read(found);
    }
    return undefined;
  };
  return {
    longestPrefix,
    /** Returns the rule that decides on a name. */
    on: (segment: string): GrantedLevel | undefined => {
      const exact = tree?.exact.get(segment);
      return exact ? read(exact) : longestPrefix(segment);
    },
    /** Returns the first rule on a name or prefix below `segment` that fits. */
    below: (
      segment: string,
      fits: (granted: GrantedLevel, isExact: boolean) => boolean,
    ): GrantedLevel | undefined => {
      for (const kind of ['prefix', 'exact'] as const) {
        for (const [name, merged] of tree?.[kind] ?? []) {
          const granted = read(merged);
          if (name.startsWith(segment) && fits(granted, kind === 'exact')) return granted;
        }
      }
      return undefined;
    },
  };
};

/**
 * Decides on every name under a prefix: the rule of the prefix must grant it, and none below may deny it.
 * @param unnamed true if an empty name is one of them, as it is for keys
 */
const evaluateAll = (
  rights: Rights,
  resource: NamedResource | 'intention',
  access: Access,
  segment: string,
  unnamed: boolean,
): AclDecision => {
  const rules = rulesOn(rights, resource);
  const base = rules.longestPrefix(segment);
  if (base && !covers(base.level, access)) return byRule(base, access);
  const refusing = rules.below(
    segment,
    (granted, isExact) =>
      !covers(granted.level, access) && (unnamed || !isExact || granted.from.rule.segment !== ''),
  );
  if (refusing) return byRule(refusing, access);
  return base ? byRule(base, access) : byDefault(rights, resource);
};

/** Decides on any name: one rule that grants it is enough. */
const evaluateAny = (rights: Rights, resource: NamedResource | 'intention', access: Access): AclDecision => {
  const rules = rulesOn(rights, resource);
  const granting = rules.below('', (granted) => covers(granted.level, access));
  if (granting) return byRule(granting, access);
  const general = rules.longestPrefix('');
  return general ? byRule(general, access) : byDefault(rights, resource);
};

/** Answers a question as Consul 1.20 does, with the reason. */
export const evaluate = (rights: Rights, question: AclQuestion): AclDecision => {
  const { resource, access, segment = '', all = false } = question;
  if (isWhole(resource)) {
    const rule = wholeRule(rights, resource);
    return rule ? byRule(rule, access) : byDefault(rights, resource);
  }
  if (all) return evaluateAll(rights, resource, access, segment, resource === 'key');
  // The intention on `*`: one readable name is enough to read it, and all must be writable to write it.
  if (resource === 'intention' && segment === '*') {
    return access === 'read'
      ? evaluateAny(rights, resource, access)
      : evaluateAll(rights, resource, access, '', true);
  }
  const rule = rulesOn(rights, resource).on(segment);
  return rule ? byRule(rule, access) : byDefault(rights, resource);
};

/** Tells that lists of a resource are complete, whatever the names are. */
export const canReadAll = (rights: Rights, resource: Resource): boolean =>
  evaluate(rights, { resource, access: 'read', all: true }).allowed;
