import type { AclNeed } from '../../acl/needs';
import type { ExpandedToken } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { freshPolicyName, policyRules } from './policy';
import { command, shellRemediation } from './shell';
import { replacePoliciesCommand } from './token-update';

/** Removes rights from a token, except those that it needs. */

export interface NarrowRemediation {
  readonly token: ExpandedToken;
  /** Base of the new policy's name. */
  readonly name: string;
  readonly needs: readonly AclNeed[];
  /** Ids of the policies that grant too much. */
  readonly excess: readonly string[];
  /** Version of the cluster; empty if it is unknown. */
  readonly consulVersion: string;
}

type Holder = Pick<ExpandedToken, 'Policies'>;

const holds = ({ Policies }: Holder, excess: readonly string[]): boolean =>
  Policies.some(({ ID }) => excess.includes(ID));

const kept = ({ Policies }: Holder, excess: readonly string[]): readonly string[] =>
  Policies.filter(({ ID }) => !excess.includes(ID)).flatMap(({ ID }) => ['-policy-id', ID]);

/**
 * Replaces the policies that grant too much with a policy of only what is needed: on the token, or on the one role
 * that has them. If they come from elsewhere, such as a templated policy, only the rules are written.
 */
export const narrowRemediation = ({
  token,
  name,
  needs,
  excess,
  consulVersion,
}: NarrowRemediation): readonly Remediation[] => {
  const title = 'Grant only what is needed';
  const text = policyRules(needs.map(({ rule }) => rule));
  const roles = token.ExpandedRoles.filter((role) => holds(role, excess));
  const [role] = roles;
  const isOwn = token.AccessorID !== '' && holds(token, excess) && !role;
  const policy = freshPolicyName(
    name,
    isOwn ? { token } : role && { roleId: role.ID },
    token.ExpandedPolicies.map(({ Name }) => Name),
  );
  const rules: Remediation = {
    title: `${title}: rules of the policy ${policy}`,
    language: 'hcl',
    code: text,
  };
  const create = command(['consul', 'acl', 'policy', 'create', '-name', policy, '-rules', '-'], text);
  if (isOwn) {
    const policies = [...kept(token, excess), '-policy-name', policy];
    const swap = command(replacePoliciesCommand(consulVersion, token, policies));
    return [
      rules,
      ...shellRemediation(`${title}: create the policy and replace the others with it`, create, swap),
    ];
  }
  const plain =
    role && role.ServiceIdentities.length + role.NodeIdentities.length + role.TemplatedPolicies.length === 0;
  if (role && plain && roles.length === 1 && !holds(token, excess)) {
    const update = ['consul', 'acl', 'role', 'update', '-id', role.ID, '-no-merge', '-name', role.Name];
    const description = role.Description === '' ? [] : ['-description', role.Description];
    const swap = command([...update, ...description, ...kept(role, excess), '-policy-name', policy]);
    return [
      rules,
      ...shellRemediation(
        `${title}: create the policy and replace the others in role ${role.Name}`,
        create,
        swap,
      ),
    ];
  }
  return [rules];
};
