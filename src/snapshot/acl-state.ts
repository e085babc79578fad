import { anonymousAccessorId } from '../acl/token';
import type { Answer } from '../consul/answer';
import type { AclToken, ExpandedToken } from '../consul/wire';
import { omitUndefined } from '../omit-undefined';
import { redactToken } from './redact-token';
import type { Reads } from './reads';
import { visible, hidden, hiddenReason } from './section';
import type { AclState, Section } from './snapshot';

/** Tells that a token has no links: it grants what the default policy grants, and there is nothing to expand. */
const isBare = (token: AclToken): boolean =>
  [token.Policies, token.Roles, token.ServiceIdentities, token.NodeIdentities, token.TemplatedPolicies].every(
    (links) => links.length === 0,
  );

const bare = (token: AclToken, defaultPolicy: string): ExpandedToken => ({
  ...token,
  ExpandedPolicies: [],
  ExpandedRoles: [],
  NamespaceDefaultPolicyIDs: [],
  AgentACLDefaultPolicy: defaultPolicy,
  AgentACLDownPolicy: '',
  ResolvedByAgent: '',
});

/** Reads the rules of the token in use. `/v1/acl/token/self` never returns them; that takes `acl:read` (measured on 1.20.1). */
const withRules = async (
  reads: Reads,
  token: AclToken,
  defaultPolicy: string | undefined,
): Promise<Pick<AclState, 'own' | 'ownUnseen' | 'policyNames'>> => {
  if (isBare(token) && defaultPolicy !== undefined) return { own: bare(token, defaultPolicy) };
  const [answer, policies] = await Promise.all([
    reads.ask((client, call) => client.aclToken(token.AccessorID, call)),
    reads.ask((client, call) => client.aclPolicies(call)),
  ]);
  if (answer.ok) {
    const policyNames = policies.ok ? policies.value.map(({ Name }) => Name) : undefined;
    return { own: redactToken(answer.value), ...omitUndefined({ policyNames }) };
  }
  return { ownUnseen: { ...hiddenReason(answer.error, []), needs: ['acl = "read"'] } };
};

/**
 * Reads the state of the ACL system: if it is enabled, the token in use, and the token's rules if it may read them.
 *
 * Without a token, the agent may use a default token of its own. Otherwise the anonymous token is in use. `token/self`
 * does not describe that one unless the request names it, by its secret `anonymous`.
 */
export const readAcl = async (reads: Reads): Promise<Section<AclState>> => {
  const [self, anonymous] = await Promise.all([
    reads.ask((client, call) => client.aclTokenSelf(call)),
    reads.sendsToken ? undefined : reads.ask((client, call) => client.aclTokenAnonymous(call)),
  ]);
  if (!self.ok && self.error.cause === 'acl-disabled') return visible({ enabled: false, anonymous: false });
  const token: Answer<AclToken> = self.ok || anonymous === undefined ? self : anonymous;
  if (token.ok) {
    return visible({
      enabled: true,
      anonymous: token.value.AccessorID === anonymousAccessorId,
      self: token.value,
      ...(await withRules(reads, token.value, token.meta.defaultAclPolicy)),
    });
  }
  return hidden(hiddenReason(token.error, []));
};
