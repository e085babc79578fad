import type { AclPolicy, AclRole, AclToken, ExpandedToken } from '../consul/wire';
import { type DefaultPolicy, type ParsedPolicy, type Rights, mergePolicies } from './rights';
import { parseRules, type RulesError } from './rules';
import { takesName, templateRules } from './templates';
import { selectPoliciesInTenancy, type Tenancy } from './tenancy';
import { failure, type Result, success } from '../result';
import { omitUndefined } from '../omit-undefined';

/** Consul's built-in policies keep these ids even when they are renamed. */
export const globalManagementId = '00000000-0000-0000-0000-000000000001';
export const anonymousAccessorId = '00000000-0000-0000-0000-000000000002';

export interface UnreadablePolicy {
  readonly policy: { readonly id: string; readonly name: string };
  /** Without a position if the mistake is not in the text. */
  readonly error: Pick<RulesError, 'message'> & Partial<RulesError>;
}

/** Formats which rules cannot be read, with position and cause. */
export const formatUnreadable = (unreadable: readonly UnreadablePolicy[]): string =>
  unreadable
    .map(({ policy, error: { message, position } }) =>
      position
        ? `the rules of ${policy.name} cannot be read at line ${position.line}, column ${position.column}: ${message}`
        : `${policy.name} cannot be evaluated: ${message}`,
    )
    .join('; ');

export interface TokenRights {
  readonly rights: Rights;
  /** Policies that apply in this datacenter. */
  readonly policies: readonly ParsedPolicy[];
  /** Linked policies that do not exist anymore. Consul skips them. */
  readonly missing: readonly { readonly id: string; readonly name: string }[];
  readonly isManagement: boolean;
}

/** Consul refuses a token altogether if one of its policies cannot be read. */
export type TokenRightsResult = Result<TokenRights, readonly UnreadablePolicy[]>;

/** Lookups of policies and roles, and the context of a token. */
export interface AclSource {
  /** Empty if it is not visible. */
  readonly datacenter: string;
  readonly defaultPolicy: DefaultPolicy;
  readonly policy: (id: string) => AclPolicy | undefined;
  readonly role: (id: string) => AclRole | undefined;
  /** Policies that the server generated, to find the rules of templates newer than this program. */
  readonly synthetic?: readonly AclPolicy[];
  /** A parser with a cache, if many tokens share policies. */
  readonly parse?: typeof parseRules;
  /** Enterprise: the partition and namespace that the rights apply in. */
  readonly tenancy?: Tenancy;
}

interface Effective extends Pick<ParsedPolicy, 'partition' | 'namespace'> {
  readonly id: string;
  readonly name: string;
  readonly rules: string;
  readonly datacenters: readonly string[];
}

const effectiveOf = ({ ID, Name, Rules, Datacenters, Partition, Namespace }: AclPolicy): Effective => ({
  id: ID,
  name: Name,
  rules: Rules,
  datacenters: Datacenters,
  partition: Partition,
  namespace: Namespace,
});

type Holder = Pick<AclToken, 'Policies' | 'ServiceIdentities' | 'NodeIdentities' | 'TemplatedPolicies'>;

/**
 * Merges identities of one service. As in Consul, their datacenters are joined, so that an identity without any (valid
 * everywhere) is narrowed by another.
 */
const serviceIdentities = (holders: readonly Holder[]): Effective[] => {
  const byName = new Map<string, Set<string>>();
  for (const { ServiceName, Datacenters } of holders.flatMap((holder) => holder.ServiceIdentities)) {
    byName.set(ServiceName, new Set([...(byName.get(ServiceName) ?? []), ...Datacenters]));
  }
  return [...byName].map(([name, datacenters]) => ({
    id: `service-identity:${name}`,
    name: `service identity ${name}`,
    rules: templateRules('builtin/service', name) ?? '',
    datacenters: [...datacenters],
  }));
};

const nodeIdentities = (holders: readonly Holder[]): Effective[] =>
  holders
    .flatMap((holder) => holder.NodeIdentities)
    .map(({ NodeName, Datacenter }) => ({
      id: `node-identity:${NodeName}:${Datacenter}`,
      name: `node identity ${NodeName}`,
      rules: templateRules('builtin/node', NodeName) ?? '',
      datacenters: [Datacenter],
    }));

/** Keeps the first of several templated policies with equal variables, whatever the datacenters of the others. */
const templatedPolicies = (
  holders: readonly Holder[],
  synthetic: readonly AclPolicy[],
): (Effective | string)[] => {
  const seen = new Map<string, Effective | string>();
  for (const { TemplateName, TemplateVariables, Datacenters } of holders.flatMap(
    (h) => h.TemplatedPolicies,
  )) {
    const name = takesName(TemplateName) ? (TemplateVariables?.Name ?? '') : '';
    const id = `templated-policy:${TemplateName}:${name}`;
    const made = synthetic.filter((policy) =>
      policy.Description.endsWith(`templated policy: ${TemplateName}`),
    );
    const rules =
      templateRules(TemplateName, name) ??
      (made.length > 0 ? made.map((p) => p.Rules).join('\n') : undefined);
    const label = `templated policy ${TemplateName}${name === '' ? '' : ` for ${name}`}`;
    if (seen.has(id)) continue;
    seen.set(id, rules === undefined ? label : { id, name: label, rules, datacenters: Datacenters });
  }
  return [...seen.values()];
};

/** Returns what a token grants in one datacenter, by its policies, roles, identities and templated policies. */
export const rightsOfToken = (token: AclToken, source: AclSource): TokenRightsResult => {
  const { datacenter, defaultPolicy, tenancy, parse = parseRules } = source;
  const roles = token.Roles.flatMap(({ ID }) => source.role(ID) ?? []);
  const holders: readonly Holder[] = [token, ...roles];
  const links = new Map(holders.flatMap((holder) => holder.Policies).map((link) => [link.ID, link]));
  const linked = [...links.values()].sort((a, b) => (a.ID < b.ID ? -1 : 1));
  const missing = linked.filter(({ ID }) => !source.policy(ID));
  const templated = templatedPolicies(holders, source.synthetic ?? []);
  const everywhere: Effective[] = [
    ...linked.flatMap(({ ID }) => {
      const policy = source.policy(ID);
      return policy ? effectiveOf(policy) : [];
    }),
    ...serviceIdentities(holders),
    ...nodeIdentities(holders),
    ...templated.filter((found) => typeof found !== 'string'),
  ];
  const effective = everywhere.filter(
    ({ datacenters }) => datacenters.length === 0 || datacenters.includes(datacenter),
  );

  const unreadable: UnreadablePolicy[] = templated
    .filter((found) => typeof found === 'string')
    .map((name) => ({
      policy: { id: '', name },
      error: { message: 'Consul 1.20 knows no such template, and the server shows no rules for it' },
    }));
  // If the datacenter is not known, a policy for certain datacenters may or may not apply.
  const scoped = datacenter === '' ? everywhere.filter(({ datacenters }) => datacenters.length > 0) : [];
  for (const { id, name } of scoped) {
    const message =
      'it applies to certain datacenters only, and the datacenter of this cluster is not visible';
    unreadable.push({ policy: { id, name }, error: { message } });
  }
  const policies: ParsedPolicy[] = [];
  for (const { rules, datacenters: _, ...policy } of effective) {
    const parsed = parse(rules, { enterprise: tenancy !== undefined });
    if (parsed.ok) policies.push({ ...policy, rules: parsed.value });
    else unreadable.push({ policy: { id: policy.id, name: policy.name }, error: parsed.error });
  }
  const holding = tenancy ? selectPoliciesInTenancy(policies, tenancy) : policies;
  if (unreadable.length > 0) return failure(unreadable);
  return success({
    rights: mergePolicies(holding, defaultPolicy),
    policies: holding,
    missing: missing.map(({ ID, Name }) => ({ id: ID, name: Name })),
    isManagement: holding.some((policy) => policy.id === globalManagementId),
  });
};

/**
 * Returns what an expanded token grants in the datacenter that it was read from. `ExpandedPolicies` must be filtered:
 * Consul also lists policies there that apply to other datacenters only.
 */
export const rightsOfExpanded = (
  token: ExpandedToken,
  datacenter: string,
  tenancy?: Tenancy,
): TokenRightsResult => {
  const policies = new Map(token.ExpandedPolicies.map((policy) => [policy.ID, policy]));
  const roles = new Map(token.ExpandedRoles.map((role) => [role.ID, role]));
  return rightsOfToken(token, {
    datacenter,
    ...omitUndefined({ tenancy }),
    defaultPolicy: token.AgentACLDefaultPolicy === 'allow' ? 'allow' : 'deny',
    policy: (id) => policies.get(id),
    role: (id) => roles.get(id),
    synthetic: token.ExpandedPolicies.filter((policy) => policy.Name.startsWith('synthetic-policy-')),
  });
};
