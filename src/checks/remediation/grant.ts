import { evaluate } from '../../acl/evaluate';
import { formatRule } from '../../acl/explain';
import type { AclNeed } from '../../acl/needs';
import { type DefaultPolicy, type ParsedPolicy, mergePolicies } from '../../acl/rights';
import { parseRules, type Rule } from '../../acl/rules';
import type { TokenRights } from '../../acl/token';
import type { ExpandedToken } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { hcl, hclBlock } from './hcl';
import { freshPolicyName, type PolicyHolder, policyRemediation, policyRules } from './policy';
import { command, shellRemediation } from './shell';

/** Gives a token missing grants with the smallest change. */

export interface GrantRemediation {
  /** The effect of the grants: `Let mesh-gateway terminate TLS`. */
  readonly title: string;
  /** Start of the new policy's name. */
  readonly name: string;
  readonly token: ExpandedToken;
  readonly rights: TokenRights;
  readonly needs: readonly AclNeed[];
  /** Version of the cluster; empty if it is unknown. */
  readonly consulVersion: string;
}

const neededRules = (needs: readonly AclNeed[]): string => policyRules(needs.map(({ rule }) => rule));

const parsed = (text: string): readonly Rule[] => {
  const result = parseRules(text);
  return result.ok ? result.value : [];
};

/**
 * Returns what a new policy is attached to. A token that a login created does not last, so its role is changed
 * instead; also where the clusters file names a role instead of a token.
 */
const holderOf = (token: ExpandedToken): PolicyHolder | undefined => {
  const [role] = token.Roles;
  if ((token.AccessorID === '' || token.AuthMethod !== '') && role) return { roleId: role.ID };
  return token.AccessorID === '' || token.AuthMethod !== '' ? undefined : { token };
};

const without = (policies: readonly ParsedPolicy[], gone: ReadonlySet<Rule>): ParsedPolicy[] =>
  policies.map((policy) => ({ ...policy, rules: policy.rules.filter((rule) => !gone.has(rule)) }));

/** Maximum conflicting rules; with more, no snippet would help. */
const maxConflicts = 50;

/**
 * Finds the rules that must be removed for a new policy to grant what is needed: on the same name a denial wins,
 * and on an exact name a lower level. Undefined if removing rules is not enough.
 */
const conflictingRules = (
  policies: readonly ParsedPolicy[],
  added: ParsedPolicy,
  needs: readonly AclNeed[],
  defaultPolicy: DefaultPolicy,
): ReadonlySet<Rule> | undefined => {
  const gone = new Set<Rule>();
  while (gone.size < maxConflicts) {
    const rights = mergePolicies(without([...policies, added], gone), defaultPolicy);
    const refused = needs.map(({ question }) => evaluate(rights, question)).find(({ allowed }) => !allowed);
    if (!refused) return gone;
    const { because } = refused;
    if (because.by === 'default' || because.source.policy.id === added.id) return undefined;
    gone.add(because.source.rule);
  }
  return undefined;
};

/** Leaves out rules on a whole resource that a later one overrides: since 1.20.2, Consul refuses rules that hold both. */
const withoutOverridden = (rules: readonly Rule[]): readonly Rule[] => {
  const last = new Map(rules.map((rule) => [rule.resource, rule]));
  return rules.filter((rule) => rule.match !== 'whole' || last.get(rule.resource) === rule);
};

/** Writes rules as HCL, including their level for intentions. */
const rulesAsHcl = (rules: readonly Rule[]): string =>
  rules
    .map(({ resource, match, segment, level, intentions }) =>
      match === 'whole'
        ? hcl({ [resource]: level })
        : hclBlock(match === 'prefix' ? `${resource}_prefix` : resource, segment, {
            policy: level,
            intentions: intentions || undefined,
          }),
    )
    .join('');

/** Consul refuses changes to its built-in policies. */
const isChangeable = ({ id }: ParsedPolicy): boolean =>
  /^[0-9a-f-]{36}$/u.test(id) && !id.startsWith('00000000-0000-0000-0000-0000000000');

const updated = (title: string, policy: ParsedPolicy, rules: readonly Rule[]): readonly Remediation[] => {
  const text = rulesAsHcl(withoutOverridden(rules));
  return [
    { title: `${title}: all rules of ${policy.name}, without its comments`, language: 'hcl', code: text },
    ...shellRemediation(
      `${title}: change ${policy.name}`,
      command(['consul', 'acl', 'policy', 'update', '-id', policy.id, '-rules', '-'], text),
    ),
  ];
};

/**
 * Writes a policy as HCL, and the commands that create and attach it. Policies with conflicting rules are changed
 * too; nothing is written if one of those is built into Consul.
 */
export const grantRemediation = ({
  title,
  name,
  token,
  rights,
  needs,
  consulVersion,
}: GrantRemediation): readonly Remediation[] => {
  const { policies } = rights;
  const { defaultPolicy } = rights.rights;
  const added: ParsedPolicy = { id: '', name, rules: parsed(neededRules(needs)) };
  const gone = conflictingRules(policies, added, needs, defaultPolicy);
  const touched = policies.filter(({ rules }) => rules.some((rule) => gone?.has(rule)));
  if (!gone || !touched.every(isChangeable)) return [];
  const rest = ({ rules }: ParsedPolicy): readonly Rule[] => rules.filter((rule) => !gone.has(rule));

  const holder = holderOf(token);
  const [only] = policies;
  if (!holder && only) {
    // The clusters file names only a policy: the rules are added to it.
    return isChangeable(only) ? updated(title, only, [...rest(only), ...added.rules]) : [];
  }
  const left = mergePolicies(without(policies, gone), defaultPolicy);
  const missing = needs.filter(({ question }) => !evaluate(left, question).allowed);
  return [
    ...touched.flatMap((policy) => {
      const out = policy.rules.filter((rule) => gone.has(rule)).map(formatRule);
      return updated(`${title}: remove ${out.join(' and ')}`, policy, rest(policy));
    }),
    ...(missing.length === 0
      ? []
      : policyRemediation({
          title,
          name: freshPolicyName(
            name,
            holder,
            policies.map((policy) => policy.name),
          ),
          rules: missing.map(({ rule }) => rule),
          attachTo: holder,
          consulVersion,
        })),
  ];
};

/**
 * Creates a policy with these rules, and a token with only that policy.
 *
 * @param taken names of policies that exist, as far as they are visible
 */
export const newTokenRemediation = (
  title: string,
  name: string,
  needs: readonly AclNeed[],
  taken: readonly string[],
): readonly Remediation[] => {
  const text = neededRules(needs);
  const policy = freshPolicyName(name, undefined, taken);
  return [
    { title: `${title}: rules of the policy ${policy}`, language: 'hcl', code: text },
    ...shellRemediation(
      `${title}: create the policy and a token`,
      command(['consul', 'acl', 'policy', 'create', '-name', policy, '-rules', '-'], text),
      command(['consul', 'acl', 'token', 'create', '-description', name, '-policy-name', policy]),
    ),
  ];
};
