import { dangerousRights } from '../../acl/inspect-token';
import { botNeeds, type GatewayGrant } from '../../acl/needs';
import type { ExpandedToken } from '../../consul/wire';
import type { GatewayToken, OwnRight, SidecarTokens, TokenCandidates } from '../../snapshot/acl-sections';
import type { AclState, Section } from '../../snapshot/snapshot';

/** Tokens and rights of the healthy snapshot. */

const exampleAccessor = '8f2c6a1e-5a0d-4a0f-9c0a-0f6f2f5a9b11';

/** The rule for each grant that a mesh gateway needs. */
export const gatewayRuleOf: Readonly<Record<GatewayGrant, string>> = {
  'mesh-write': 'mesh = "write"\n',
  'service-write': 'service "mesh-gateway" { policy = "write" }\n',
  'service-read': 'service_prefix "" { policy = "read" }\n',
  'node-read': 'node_prefix "" { policy = "read" }\n',
  'peering-read': 'peering = "read"\n',
};

/** The rules that a mesh gateway needs. */
export const gatewayRules = Object.values(gatewayRuleOf).join('');

/** The rules that the bot needs, and no more. */
const botRules = `acl = "read"
agent_prefix "" { policy = "read" }
mesh = "read"
node_prefix "" { policy = "read" }
peering = "read"
query_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
`;

/** A token linked to one policy with these rules. */
const exampleToken = (rules: string, changes: Partial<ExpandedToken> = {}): ExpandedToken => {
  const ID = '2c1d6b0a-9b1f-4b6e-8d35-6f1d2f0b7a21';
  return {
    AccessorID: exampleAccessor,
    Description: 'mesh gateways of prod-east',
    Policies: [{ ID, Name: 'mesh-gateway' }],
    Roles: [],
    ServiceIdentities: [],
    NodeIdentities: [],
    TemplatedPolicies: [],
    Local: false,
    AuthMethod: '',
    ExpandedPolicies: [{ ID, Name: 'mesh-gateway', Description: '', Rules: rules, Datacenters: [] }],
    ExpandedRoles: [],
    NamespaceDefaultPolicyIDs: [],
    AgentACLDefaultPolicy: 'deny',
    AgentACLDownPolicy: 'extend-cache',
    ResolvedByAgent: 'server-1',
    ...changes,
  };
};

/** The token of `mesh-gateway`, named by its accessor. */
export const exampleGatewayToken = (rules: string, changes: Partial<ExpandedToken> = {}): GatewayToken => ({
  gateway: 'mesh-gateway',
  by: 'accessor',
  name: exampleAccessor,
  endpoint: `/v1/acl/token/${exampleAccessor}?expanded=true`,
  token: exampleToken(rules, changes),
});

/** The ACL system, with the bot's own token. */
export const exampleAcl = (changes: Partial<ExpandedToken> = {}): AclState => {
  const own = exampleToken(botRules, {
    AccessorID: '0b9e7f52-1f7c-4b93-9a57-64b3f6d7c1aa',
    Description: 'peering-bot',
    ...changes,
  });
  return { enabled: true, anonymous: false, self: own, own };
};

/** The ACL system where the bot's token may not read its own rules. */
export const exampleAclWithoutRules = (): AclState => {
  const { own: _, ...rest } = exampleAcl();
  return rest;
};

/** The rights of the bot's own token as Consul reports them, without those on some resources. */
export const exampleRights = (...denied: readonly string[]): readonly OwnRight[] => [
  ...botNeeds.map(({ question }) => ({ question, allowed: !denied.includes(question.resource) })),
  ...dangerousRights.map((question) => ({ question, allowed: false })),
];

/** Candidates are searched only where the clusters file names no token. */
export const notSearched: Section<TokenCandidates> = {
  visibility: 'hidden',
  reason: { kind: 'not-gathered', endpoint: '', message: 'The clusters file names the tokens of gateways' },
};

/** The tokens of sidecars, of which one may write `web`. */
export const exampleSidecarTokens = (changes: Partial<SidecarTokens> = {}): SidecarTokens => ({
  endpoint: '/v1/acl/tokens',
  writable: ['web'],
  searched: 4,
  management: 1,
  unreadable: 0,
  gateways: [],
  ...changes,
});
