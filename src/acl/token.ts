import type { AclPolicy, AclRole, AclToken, ExpandedToken } from '../consul/wire';
import { type DefaultPolicy, type ParsedPolicy, type Rights, mergePolicies } from './rights';
import { parseRules, type RulesError } from './rules';
import { takesName, templateRules } from './templates';
import { selectPoliciesInTenancy, type Tenancy } from './tenancy';
import { failure, type Result, success } from '../result';

/** What a token grants, from what the ACL endpoints tell of it. */

/** Consul's built-in policies keep these ids even when they are renamed. */
export const globalManagementId = '00000000-0000-0000-0000-000000000001';
export const anonymousAccessorId = '00000000-0000-0000-0000-000000000002';

export interface UnreadablePolicy {
  readonly policy: { readonly id: string; readonly name: string };
  /** Without a place where it is not the text that is wrong. */
  readonly error: Pick<RulesError, 'message'> & Partial<RulesError>;
}

/** Which rules cannot be read, where and why, in words. */
export const formatUnreadable = (unreadable: readonly UnreadablePolicy[]): string =>
  unreadable
    .map(({ policy, error: { message, position } }) =>
      position
        ? `the rules of ${policy.name} cannot be read at line ${position.line}, column ${position.column}: ${message}`
        : `${policy.name} cannot be judged: ${message}`,
    )
    .join('; ');

export interface TokenRights {
  readonly rights: Rights;
  /** Those in effect in this datacenter. */
  readonly policies: readonly ParsedPolicy[];
  /** Linked, but gone. Consul passes over them. */
  readonly missing: readonly { readonly id: string; readonly name: string }[];
  readonly isManagement: boolean;
}

/** Consul refuses a token altogether if one of its policies cannot be read. */
export type TokenRightsResult = Result<TokenRights, readonly UnreadablePolicy[]>;

/** How policies, roles and their parsed rules are found. */
export interface AclSource {
  /** Empty where it could not be seen. */
  readonly datacenter: string;
  readonly defaultPolicy: DefaultPolicy;
  readonly policy: (id: string) => AclPolicy | undefined;
  readonly role: (id: string) => AclRole | undefined;
  /** Policies that the server made up itself, to look into for templates newer than this program. */
  readonly synthetic?: readonly AclPolicy[];
  /** Give a remembering one where many tokens share policies. */
  readonly parse?: typeof parseRules;
  /** Enterprise: where the rights are asked for. */
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
  ...(Partition === undefined ? {} : { partition: Partition }),
  ...(Namespace === undefined ? {} : { namespace: Namespace }),
});

type Holder = Pick<AclToken, 'Policies' | 'ServiceIdentities' | 'NodeIdentities' | 'TemplatedPolicies'>;

/**
 * Identities of one service are one: their datacenters are joined, so that one without any (valid everywhere)
 * is narrowed by another. That is what Consul does.
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

/** Of several templated policies with the same variables the first counts, whatever the datacenters of the rest. */
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

/** What a token grants in one datacenter, over its policies, roles, identities and templated policies. */
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
  // Where the datacenter is not known, what holds in some only may or may not hold.
  const scoped = datacenter === '' ? everywhere.filter(({ datacenters }) => datacenters.length > 0) : [];
  for (const { id, name } of scoped) {
    const message = 'it holds in some datacenters only, and which one this is could not be seen';
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
 * What an expanded token grants where it was asked for. Its `ExpandedPolicies` are not taken as they are:
 * Consul lists there also what holds in other datacenters only.
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
    ...(tenancy ? { tenancy } : {}),
    defaultPolicy: token.AgentACLDefaultPolicy === 'allow' ? 'allow' : 'deny',
    policy: (id) => policies.get(id),
    role: (id) => roles.get(id),
    synthetic: token.ExpandedPolicies.filter((policy) => policy.Name.startsWith('synthetic-policy-')),
  });
};
