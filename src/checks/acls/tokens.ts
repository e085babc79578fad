import type { Candidate } from '../../acl/candidates';
import { rightsOfExpanded, type TokenRights, type Unreadable, unreadableWords } from '../../acl/token';
import { ruleText } from '../../acl/explain';
import type { Because } from '../../acl/evaluate';
import type { ExpandedToken } from '../../consul/wire';
import type { Evidence, Subject } from '../../report/report';
import type { GatewayToken } from '../../snapshot/acl-sections';
import type { Snapshot } from '../../snapshot/snapshot';

/** What the checks of this group say of tokens. */

export const aclsDisabled = 'ACLs are disabled on this cluster, so no token needs any grant';

/** A gateway by its service name: all its instances use tokens with the same grants. */
export const gatewaySubject = (gateway: string): Subject => ({ kind: 'mesh-gateway', name: gateway });

export const botSubject: Subject = { kind: 'token', name: "the bot's own token" };

/** `the token of mesh-gateway (accessor 8f2c…)` */
export const tokenLabel = ({ gateway, by, name }: Pick<GatewayToken, 'gateway' | 'by' | 'name'>): string =>
  by === 'accessor' ? `the token of ${gateway} (accessor ${name})` : `what ${by} ${name} gives ${gateway}`;

/** Why a token that clusters.yml names is not there. */
export const tokenGone = (token: GatewayToken): string =>
  token.by === 'accessor'
    ? `the clusters file names accessor ${token.name} for ${token.gateway}, and the cluster has no such token: it was deleted, or it expired, since Consul deletes expired tokens`
    : `the clusters file names ${token.by} ${token.name} for ${token.gateway}, and the cluster has none of that name`;

export const unreadableReason = (label: string, unreadable: readonly Unreadable[]): string =>
  `${label}: ${unreadableWords(unreadable)}`;

/** How to tell the clusters file whose tokens these are. */
export const howToName = (gateways: readonly string[]): string =>
  `name the token of ${gateways.join(', ')} in the clusters file: gateway_tokens: [{ gateway: …, accessor: … }], or role: or policy: where accessors change`;

/** What to name in the clusters file: tokens that logins make come and go, their role stays. */
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

/** Several checks ask about the same token of the same snapshot: its rules are read once. */
const judged = new WeakMap<ExpandedToken, WeakMap<Snapshot['cluster'], TokenRights>>();

/** What a token grants in a cluster: in its partition and namespace, where there are any. */
export const rightsIn = (token: ExpandedToken, cluster: Snapshot['cluster']): TokenRights => {
  const known = judged.get(token) ?? new WeakMap<Snapshot['cluster'], TokenRights>();
  judged.set(token, known);
  const { datacenter, enterprise, partition, namespace } = cluster;
  const rights =
    known.get(cluster) ??
    rightsOfExpanded(token, datacenter, enterprise ? { partition, namespace } : undefined);
  known.set(cluster, rights);
  return rights;
};

/** A token that clusters.yml names, with what it grants; or why that is not known. */
export type Judged =
  | {
      readonly token: GatewayToken & { readonly token: ExpandedToken };
      readonly rights: Extract<TokenRights, { ok: true }>;
    }
  | { readonly blind: string };

export const judge = (token: GatewayToken, cluster: Snapshot['cluster']): Judged => {
  const { token: expanded } = token;
  if (!expanded) return { blind: tokenGone(token) };
  const rights = rightsIn(expanded, cluster);
  if (!rights.ok) return { blind: unreadableReason(tokenLabel(token), rights.unreadable) };
  return { token: { ...token, token: expanded }, rights };
};

/** Where the rule that decided stands, or the default policy that did. */
export const decisionEvidence = (endpoint: string, token: ExpandedToken, because: Because): Evidence => {
  if (because.by === 'default') {
    return { endpoint, path: 'AgentACLDefaultPolicy', value: because.policy };
  }
  const { policy, rule } = because.source;
  const index = token.ExpandedPolicies.findIndex(({ ID }) => ID === policy.id);
  const path = index < 0 ? policy.name : `ExpandedPolicies[${index}].Rules line ${rule.line}`;
  return { endpoint, path, value: ruleText(rule) };
};
