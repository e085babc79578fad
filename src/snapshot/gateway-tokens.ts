import type { Answer, ConsulError } from '../consul/answer';
import type { AclPolicy, AclRole, ExpandedToken } from '../consul/wire';
import type { GatewayTokenRef } from '../config/config';
import type { GatewayToken } from './acl-sections';
import type { Gathering } from './gathering';
import { redactToken } from './redact-token';
import type { Reads } from './reads';
import { visible, hidden, hiddenReason } from './section';
import type { Section } from './snapshot';
import { type Failure, failure } from '../result';
import { omitUndefined } from '../omit-undefined';

const aclRead = ['acl = "read"'];

/** Returns a hidden section for tokens, roles or policies that could not be read. */
export const hiddenAcl = (answer: Failure<ConsulError>) =>
  hidden({
    ...hiddenReason(answer.error, []),
    ...omitUndefined({ needs: answer.error.kind === 'forbidden' ? aclRead : undefined }),
  });

/** Returns a token that holds one role or policy and nothing else. */
const tokenOf = (over: Partial<ExpandedToken>, defaultPolicy: string | undefined): ExpandedToken => ({
  AccessorID: '',
  Description: '',
  Policies: [],
  Roles: [],
  ServiceIdentities: [],
  NodeIdentities: [],
  TemplatedPolicies: [],
  Local: false,
  AuthMethod: '',
  ExpandedPolicies: [],
  ExpandedRoles: [],
  NamespaceDefaultPolicyIDs: [],
  AgentACLDefaultPolicy: defaultPolicy ?? 'deny',
  AgentACLDownPolicy: '',
  ResolvedByAgent: '',
  ...over,
});

type AclGathering = {
  readonly reads: Pick<Reads, 'ask'>;
  readonly sections: Pick<Gathering['sections'], 'acl'>;
};

/**
 * Asks for a token, role or policy. Consul 1.14 answers `ACL not found` without more, whichever token is gone: the one
 * that is named, or the one that the bot sends (measured on 1.14.11). If Consul knows the bot's, it is the named one.
 */
const askByName = async <T>(
  { reads, sections }: AclGathering,
  request: Parameters<typeof reads.ask<T>>[0],
): Promise<Answer<T>> => {
  const answer = await reads.ask(request);
  if (answer.ok || answer.error.cause !== 'token-unknown') return answer;
  const acl = await sections.acl();
  const isKnown = acl.visibility !== 'hidden' && acl.value.self !== undefined;
  return isKnown ? failure({ ...answer.error, kind: 'not-found', cause: undefined }) : answer;
};

const byRole = async (gathering: AclGathering, name: string): Promise<Answer<ExpandedToken>> => {
  const answer = await askByName(gathering, (client, call) => client.aclRoleByName(name, call));
  if (!answer.ok) return answer;
  const role: AclRole = answer.value;
  const policies = await Promise.all(
    role.Policies.map(({ ID }) => askByName(gathering, (client, call) => client.aclPolicy(ID, call))),
  );
  const failed = policies.find((policy) => !policy.ok && policy.error.kind !== 'not-found');
  if (failed && !failed.ok) return failed;
  return {
    ...answer,
    value: tokenOf(
      {
        Roles: [{ ID: role.ID, Name: role.Name }],
        ExpandedRoles: [role],
        ExpandedPolicies: policies.flatMap((policy) => (policy.ok ? [policy.value] : [])),
      },
      answer.meta.defaultAclPolicy,
    ),
  };
};

const byPolicy = async (gathering: AclGathering, name: string): Promise<Answer<ExpandedToken>> => {
  const answer = await askByName(gathering, (client, call) => client.aclPolicyByName(name, call));
  if (!answer.ok) return answer;
  const policy: AclPolicy = answer.value;
  const links = { Policies: [{ ID: policy.ID, Name: policy.Name }], ExpandedPolicies: [policy] };
  return { ...answer, value: tokenOf(links, answer.meta.defaultAclPolicy) };
};

const readOne = async (
  gathering: AclGathering,
  ref: GatewayTokenRef,
): Promise<{ readonly answer: Answer<ExpandedToken>; readonly token: Omit<GatewayToken, 'token'> }> => {
  const { gateway } = ref;
  if ('role' in ref) {
    const endpoint = `/v1/acl/role/name/${encodeURIComponent(ref.role)}`;
    return {
      answer: await byRole(gathering, ref.role),
      token: { gateway, by: 'role', name: ref.role, endpoint },
    };
  }
  if ('policy' in ref) {
    const endpoint = `/v1/acl/policy/name/${encodeURIComponent(ref.policy)}`;
    const token = { gateway, by: 'policy', name: ref.policy, endpoint } as const;
    return { answer: await byPolicy(gathering, ref.policy), token };
  }
  const { accessor } = ref;
  const endpoint = `/v1/acl/token/${encodeURIComponent(accessor)}?expanded=true`;
  return {
    answer: await askByName(gathering, (client, call) => client.aclToken(accessor, call)),
    token: { gateway, by: 'accessor', name: accessor, endpoint },
  };
};

/**
 * Reads the tokens that clusters.yml names for mesh gateways, with all their rules. Takes `acl:read`. Returns a row for
 * each, without a token if the cluster has no such token.
 */
export const readGatewayTokens = async (
  gathering: AclGathering,
  refs: readonly GatewayTokenRef[],
): Promise<Section<readonly GatewayToken[]>> => {
  const found = await Promise.all(refs.map((ref) => readOne(gathering, ref)));
  const failed = found
    .map(({ answer }) => answer)
    .find((answer) => !answer.ok && answer.error.kind !== 'not-found');
  if (failed && !failed.ok) {
    return failed.error.cause === 'acl-disabled' ? visible([]) : hiddenAcl(failed);
  }
  return visible(
    found.map(({ answer, token }) => (answer.ok ? { ...token, token: redactToken(answer.value) } : token)),
  );
};
