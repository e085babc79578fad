import { evaluate } from '../../acl/evaluate';
import { ruleText } from '../../acl/explain';
import type { Need } from '../../acl/needs';
import { type DefaultPolicy, type Policy, rightsOf } from '../../acl/rights';
import { parseRules, type Rule } from '../../acl/rules';
import type { TokenRights } from '../../acl/token';
import type { ExpandedToken } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { hcl, hclBlock } from './hcl';
import { type PolicyHolder, policyName, policyRemediation, policyRules } from './policy';
import { command, shellRemediation } from './shell';

/** The smallest change that makes a token grant what it lacks. */

export interface GrantRemediation {
  /** What the grants are for: `Let mesh-gateway terminate TLS`. */
  readonly title: string;
  /** Where the new policy's name comes from. */
  readonly name: string;
  readonly token: ExpandedToken;
  readonly rights: Extract<TokenRights, { ok: true }>;
  readonly needs: readonly Need[];
}

const neededRules = (needs: readonly Need[]): string => policyRules(needs.map(({ rule }) => rule));

const parsed = (text: string): readonly Rule[] => {
  const result = parseRules(text);
  return result.ok ? result.rules : [];
};

/**
 * What a new policy is attached to. A token that a login made does not last, so it is its role that is changed;
 * so too where a role stands for the token.
 */
const holderOf = (token: ExpandedToken): PolicyHolder | undefined => {
  const [role] = token.Roles;
  if ((token.AccessorID === '' || token.AuthMethod !== '') && role) return { roleId: role.ID };
  return token.AccessorID === '' || token.AuthMethod !== '' ? undefined : { accessor: token.AccessorID };
};

const without = (policies: readonly Policy[], gone: ReadonlySet<Rule>): Policy[] =>
  policies.map((policy) => ({ ...policy, rules: policy.rules.filter((rule) => !gone.has(rule)) }));

/** Beyond so many rules in the way, no snippet would be of help. */
const mostInTheWay = 50;

/**
 * Which rules have to go for a new policy to grant what is needed: on the same name a denial wins, and on an
 * exact name a lesser level. Undefined where that would not do.
 */
const inTheWay = (
  policies: readonly Policy[],
  added: Policy,
  needs: readonly Need[],
  defaultPolicy: DefaultPolicy,
): ReadonlySet<Rule> | undefined => {
  const gone = new Set<Rule>();
  while (gone.size < mostInTheWay) {
    const rights = rightsOf(without([...policies, added], gone), defaultPolicy);
    const refused = needs.map(({ question }) => evaluate(rights, question)).find(({ allowed }) => !allowed);
    if (!refused) return gone;
    const { because } = refused;
    if (because.by === 'default' || because.source.policy.id === added.id) return undefined;
    gone.add(because.source.rule);
  }
  return undefined;
};

/** Rules as HCL, with what they say of intentions. */
const rulesAsHcl = (rules: readonly Rule[]): string =>
  rules
    .map(({ resource, match, segment, level, intentions }) =>
      match === 'whole'
        ? hcl({ [resource]: level })
        : hclBlock(match === 'prefix' ? `${resource}_prefix` : resource, segment, {
            policy: level,
            ...(intentions === '' ? {} : { intentions }),
          }),
    )
    .join('');

/** Consul refuses changes to policies of its own. */
const isChangeable = ({ id }: Policy): boolean =>
  /^[0-9a-f-]{36}$/u.test(id) && !id.startsWith('00000000-0000-0000-0000-0000000000');

const updated = (title: string, policy: Policy, rules: readonly Rule[]): readonly Remediation[] => {
  const text = rulesAsHcl(rules);
  return [
    { title: `${title}: all rules of ${policy.name}, without its comments`, language: 'hcl', code: text },
    ...shellRemediation(
      `${title}: change ${policy.name}`,
      command(['consul', 'acl', 'policy', 'update', '-id', policy.id, '-rules', '-'], text),
    ),
  ];
};

/**
 * HCL, and the commands that create and attach it. Where rules stand in the way, the policies that they stand in
 * are changed too; none where one of those is made by Consul itself.
 */
export const grantRemediation = ({
  title,
  name,
  token,
  rights,
  needs,
}: GrantRemediation): readonly Remediation[] => {
  const { policies } = rights;
  const { defaultPolicy } = rights.rights;
  const added: Policy = { id: '', name: policyName(name), rules: parsed(neededRules(needs)) };
  const gone = inTheWay(policies, added, needs, defaultPolicy);
  const touched = policies.filter(({ rules }) => rules.some((rule) => gone?.has(rule)));
  if (!gone || !touched.every(isChangeable)) return [];
  const rest = ({ rules }: Policy): readonly Rule[] => rules.filter((rule) => !gone.has(rule));

  const holder = holderOf(token);
  const [only] = policies;
  if (!holder && only) {
    // Named by a policy alone: that one is given the rules.
    return isChangeable(only) ? updated(title, only, [...rest(only), ...added.rules]) : [];
  }
  const left = rightsOf(without(policies, gone), defaultPolicy);
  const lacking = needs.filter(({ question }) => !evaluate(left, question).allowed);
  return [
    ...touched.flatMap((policy) => {
      const out = policy.rules.filter((rule) => gone.has(rule)).map(ruleText);
      return updated(`${title}: take out ${out.join(' and ')}`, policy, rest(policy));
    }),
    ...(lacking.length === 0
      ? []
      : policyRemediation({
          title,
          name,
          rules: lacking.map(({ rule }) => rule),
          ...(holder ? { attachTo: holder } : {}),
        })),
  ];
};

/** A new policy with these rules, and a new token of nothing else. */
export const newTokenRemediation = (
  title: string,
  name: string,
  needs: readonly Need[],
): readonly Remediation[] => {
  const text = neededRules(needs);
  const policy = policyName(name);
  return [
    { title: `${title}: rules of the policy ${policy}`, language: 'hcl', code: text },
    ...shellRemediation(
      `${title}: create the policy and a token`,
      command(['consul', 'acl', 'policy', 'create', '-name', policy, '-rules', '-'], text),
      command(['consul', 'acl', 'token', 'create', '-description', name, '-policy-name', policy]),
    ),
  ];
};
