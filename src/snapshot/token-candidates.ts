import { findCandidates } from '../acl/find-candidates';
import type { AclToken, AgentSelf } from '../consul/wire';
import type { TokenCandidates } from './acl-sections';
import type { Gathering } from './gathering';
import { hiddenAcl } from './gateway-tokens';
import { gatewayGrantsNeeded } from './peers-through-gateways';
import { visible, hidden, notGathered } from './section';
import type { Section } from './snapshot';
import { omitUndefined } from '../omit-undefined';

/** Maximum of candidates that a snapshot holds for each gateway, the likeliest first. */
const maxCandidates = 20;

const linkedPolicies = (tokens: readonly Pick<AclToken, 'Policies'>[]): readonly string[] => [
  ...new Set(tokens.flatMap((token) => token.Policies.map(({ ID }) => ID))),
];

const isEnterprise = ({ Config }: AgentSelf): boolean =>
  Config.Partition !== undefined || Config.Version.includes('+ent');

/**
 * Finds the tokens that could be those of gateways. Takes `acl:read`. Its reads wait for no other section, so they add
 * no round to a gather: first the lists, then the rules of each linked policy.
 */
export const readTokenCandidates = async (
  { reads, sections }: Pick<Gathering, 'reads' | 'sections'>,
  {
    partition = 'default',
    namespace = 'default',
  }: { readonly partition?: string | undefined; readonly namespace?: string | undefined },
): Promise<Section<TokenCandidates>> => {
  const [tokens, roles] = await Promise.all([
    reads.ask((client, call) => client.aclTokens(call)),
    reads.ask((client, call) => client.aclRoles(call)),
  ]);
  if (!tokens.ok) {
    return tokens.error.cause === 'acl-disabled' ? notGathered('ACLs are disabled') : hiddenAcl(tokens);
  }
  if (!roles.ok) return hiddenAcl(roles);
  const answers = await Promise.all(
    linkedPolicies([...tokens.value, ...roles.value]).map((id) =>
      reads.ask((client, call) => client.aclPolicy(id, call)),
    ),
  );
  // Skips a policy that was deleted meanwhile, as Consul does.
  const failed = answers.find((answer) => !answer.ok && answer.error.kind !== 'not-found');
  if (failed && !failed.ok) return hiddenAcl(failed);

  const [gateways, mesh, agent] = await Promise.all([sections.gateways(), sections.mesh(), sections.agent()]);
  if (gateways.visibility !== 'visible') return hidden(gateways.reason);
  if (agent.visibility === 'hidden') return hidden(agent.reason);
  const names = [...new Set(gateways.value.map(({ Service }) => Service.Service))].sort();
  const found = findCandidates(
    {
      tokens: tokens.value,
      roles: roles.value,
      policies: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])),
      datacenter: agent.value.Config.Datacenter,
      defaultPolicy: tokens.meta.defaultAclPolicy ?? 'deny',
      atMs: tokens.meta.dateMs ?? 0,
      ...omitUndefined({ tenancy: isEnterprise(agent.value) ? { partition, namespace } : undefined }),
    },
    names,
    gatewayGrantsNeeded(mesh),
  );
  return visible({
    endpoint: tokens.meta.endpoint,
    gateways: found.map((row) => ({
      ...row,
      found: row.candidates.length,
      candidates: row.candidates.slice(0, maxCandidates),
    })),
  });
};
