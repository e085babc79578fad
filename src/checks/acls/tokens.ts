import type { Candidate } from '../../acl/find-candidates';
import {
  rightsOfExpanded,
  type TokenRights,
  type TokenRightsResult,
  type UnreadablePolicy,
  formatUnreadable,
} from '../../acl/token';
import { formatRule } from '../../acl/explain';
import type { DecisionReason } from '../../acl/evaluate';
import type { ExpandedToken } from '../../consul/wire';
import type { Evidence, Subject } from '../../report/report';
import type { GatewayToken } from '../../snapshot/acl-sections';
import type { Result } from '../../result';
import type { Snapshot } from '../../snapshot/snapshot';
import { failure, success } from '../../result';

export const aclsDisabled = 'ACLs are disabled on this cluster, so tokens need no grants';

/** Names a gateway by its service: all its instances use tokens with the same grants. */
export const gatewayTokenSubject = (gateway: string): Subject => ({ kind: 'mesh-gateway', name: gateway });

export const botSubject: Subject = { kind: 'token', name: "the bot's own token" };

/** `the token of mesh-gateway (accessor 8f2c…)` */
export const tokenLabel = ({ gateway, by, name }: Pick<GatewayToken, 'gateway' | 'by' | 'name'>): string =>
  by === 'accessor' ? `the token of ${gateway} (accessor ${name})` : `${by} ${name} of ${gateway}`;

/** Says why a token that clusters.yml names does not exist. */
export const tokenGone = (token: GatewayToken): string =>
  token.by === 'accessor'
    ? `the token that the clusters file names for ${token.gateway} (accessor ${token.name}) does not exist: it was deleted or has expired (Consul deletes expired tokens)`
    : `the ${token.by} ${token.name} that the clusters file names for ${token.gateway} does not exist`;

export const unreadableReason = (label: string, unreadable: readonly UnreadablePolicy[]): string =>
  `${label}: ${formatUnreadable(unreadable)}`;

/** Says how to name the tokens of these gateways in the clusters file. */
export const howToName = (gateways: readonly string[]): string =>
  `name the token of ${gateways.join(', ')} in the clusters file: gateway_tokens: [{ gateway: …, accessor: … }], or use role: or policy: where accessors change`;

/** Picks what to name in the clusters file: tokens that logins create come and go, but their role stays. */
export const candidateName = ({
  accessor,
  roles,
  authMethod,
}: Pick<Candidate, 'accessor' | 'roles' | 'authMethod'>): {
  readonly by: 'accessor' | 'role';
  readonly name: string;
} => {
  const [role] = roles;
  return authMethod !== '' && role !== undefined
    ? { by: 'role', name: role }
    : { by: 'accessor', name: accessor };
};

/** Several checks read the same token of the same snapshot: its rules are parsed once. */
const parsed = new WeakMap<ExpandedToken, WeakMap<Snapshot['cluster'], TokenRightsResult>>();

/** Returns the rights of a token in a cluster: in its partition and namespace, where there are any. */
export const rightsIn = (token: ExpandedToken, cluster: Snapshot['cluster']): TokenRightsResult => {
  const known = parsed.get(token) ?? new WeakMap<Snapshot['cluster'], TokenRightsResult>();
  parsed.set(token, known);
  const { datacenter, enterprise, partition, namespace } = cluster;
  const rights =
    known.get(cluster) ??
    rightsOfExpanded(token, datacenter, enterprise ? { partition, namespace } : undefined);
  known.set(cluster, rights);
  return rights;
};

/** A token that clusters.yml names, with its rights. */
interface NamedRights {
  readonly token: GatewayToken & { readonly token: ExpandedToken };
  readonly rights: TokenRights;
}

/** Reads the rights of a token that clusters.yml names; the error says why they are not known. */
export const readRights = (token: GatewayToken, cluster: Snapshot['cluster']): Result<NamedRights> => {
  const { token: expanded } = token;
  if (!expanded) return failure(tokenGone(token));
  const rights = rightsIn(expanded, cluster);
  if (!rights.ok) return failure(unreadableReason(tokenLabel(token), rights.error));
  return success({ token: { ...token, token: expanded }, rights: rights.value });
};

/** Shows the rule or the default policy that decided. */
export const decisionEvidence = (
  endpoint: string,
  token: ExpandedToken,
  because: DecisionReason,
): Evidence => {
  if (because.by === 'default') {
    return { endpoint, path: 'AgentACLDefaultPolicy', value: because.policy };
  }
  const { policy, rule } = because.source;
  const index = token.ExpandedPolicies.findIndex(({ ID }) => ID === policy.id);
  const path = index < 0 ? policy.name : `ExpandedPolicies[${index}].Rules line ${rule.line}`;
  return { endpoint, path, value: formatRule(rule) };
};
