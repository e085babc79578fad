import type { Remediation } from '../../report/report';
import { hcl, hclBlock } from './hcl';
import { command, shellRemediation } from './shell';
import { addPolicyCommand, type UpdatedToken } from './token-update';

/** One rule of an ACL policy: `service "web" { policy = "write" }`, or `mesh = "write"` where it takes no name. */
export interface PolicyRule {
  /** Such as `service`, `service_prefix`, `node_prefix`, `mesh`, `peering`, `operator`. */
  readonly resource: string;
  /** The name or prefix that the rule is about; absent for `mesh`, `peering`, `operator`, `acl` and `keyring`. */
  readonly segment?: string | undefined;
  readonly access: string;
}

/** Writes rules as HCL, in the order given. */
export const policyRules = (rules: readonly PolicyRule[]): string =>
  rules
    .map(({ resource, segment, access }) =>
      segment === undefined ? hcl({ [resource]: access }) : hclBlock(resource, segment, { policy: access }),
    )
    .join('');

/** The token or role that a policy is attached to. */
export type PolicyHolder = { readonly token: UpdatedToken } | { readonly roleId: string };

export interface PolicyRemediation {
  /** The effect of the rules: `Let mesh-gateway terminate TLS`. */
  readonly title: string;
  /** Base of the policy's name; characters that Consul refuses in one become `-`. */
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly attachTo?: PolicyHolder | undefined;
  /** Version of the cluster, whose `consul` command is expected; empty if it is unknown. */
  readonly consulVersion: string;
}

/** Consul accepts 1 to 128 of `A-Z a-z 0-9 _ -` as a policy's name (`acl.IsValidPolicyName`). */
const policyName = (name: string): string =>
  name.replace(/[^A-Za-z0-9_-]+/gu, '-').slice(0, 128) || 'peering';

/**
 * Returns a name for a new policy of one token or role. Consul refuses a name that exists already, so it holds the
 * start of the holder's id, and is none of those that are known to exist.
 *
 * @param known names of policies that exist, such as those that the token is linked to
 */
export const freshPolicyName = (
  name: string,
  holder: PolicyHolder | undefined,
  known: readonly string[],
): string => {
  const id = holder === undefined ? '' : 'token' in holder ? holder.token.AccessorID : holder.roleId;
  const base = policyName([name, id.slice(0, 8)].filter(Boolean).join('-'));
  const taken = new Set(known);
  let fresh = base;
  for (let n = 2; taken.has(fresh); n++) fresh = `${base}-${n}`;
  return fresh;
};

const attach = (name: string, holder: PolicyHolder, consulVersion: string): string | undefined =>
  command(
    'token' in holder
      ? addPolicyCommand(consulVersion, holder.token, name)
      : ['consul', 'acl', 'role', 'update', '-id', holder.roleId, '-policy-name', name],
  );

/** Writes the rules as a policy, and the commands that create it and attach it to its holder. */
export const policyRemediation = ({
  title,
  name,
  rules,
  attachTo,
  consulVersion,
}: PolicyRemediation): readonly Remediation[] => {
  const text = policyRules(rules);
  const policy = policyName(name);
  return [
    { title: `${title}: rules of the policy ${policy}`, language: 'hcl', code: text },
    ...shellRemediation(
      `${title}: create the policy${attachTo ? ' and attach it' : ''}`,
      command(['consul', 'acl', 'policy', 'create', '-name', policy, '-rules', '-'], text),
      ...(attachTo ? [attach(policy, attachTo, consulVersion)] : []),
    ),
  ];
};
