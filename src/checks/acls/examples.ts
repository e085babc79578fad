import { dangerous } from '../../acl/inspect';
import { botNeeds } from '../../acl/needs';
import type { ExpandedToken } from '../../consul/wire';
import type { GatewayToken, OwnRight, TokenCandidates } from '../../snapshot/acl-sections';
import type { AclState, Section } from '../../snapshot/snapshot';

/** Parts for the examples of the checks of this group. */

const exampleAccessor = '8f2c6a1e-5a0d-4a0f-9c0a-0f6f2f5a9b11';

/** All that a mesh gateway needs. */
export const gatewayRules =
  'mesh = "write"\nservice "mesh-gateway" { policy = "write" }\nservice_prefix "" { policy = "read" }\npeering = "read"\n';

/** What the bot needs, and no more. */
const botRules = `acl = "read"
agent_prefix "" { policy = "read" }
mesh = "read"
node_prefix "" { policy = "read" }
peering = "read"
query_prefix "" { policy = "read" }
service_prefix "" { policy = "read" }
`;

/** A token linked to one policy with these rules. */
const exampleToken = (rules: string, over: Partial<ExpandedToken> = {}): ExpandedToken => {
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
    ...over,
  };
};

/** The token of `mesh-gateway`, named by its accessor. */
export const exampleGatewayToken = (rules: string, over: Partial<ExpandedToken> = {}): GatewayToken => ({
  gateway: 'mesh-gateway',
  by: 'accessor',
  name: exampleAccessor,
  endpoint: `/v1/acl/token/${exampleAccessor}?expanded=true`,
  token: exampleToken(rules, over),
});

/** The ACL system, with the bot's own token. */
export const exampleAcl = (over: Partial<ExpandedToken> = {}): AclState => {
  const own = exampleToken(botRules, {
    AccessorID: '0b9e7f52-1f7c-4b93-9a57-64b3f6d7c1aa',
    Description: 'peering-bot',
    ...over,
  });
  return { enabled: true, anonymous: false, self: own, own };
};

/** The same where the token may not read its own rules. */
export const exampleAclWithoutRules = (): AclState => {
  const { own: _, ...rest } = exampleAcl();
  return rest;
};

/** What Consul says of the bot's own token, but for resources that it may not read. */
export const exampleRights = (...lacking: readonly string[]): readonly OwnRight[] => [
  ...botNeeds.map(({ question }) => ({ question, allowed: !lacking.includes(question.resource) })),
  ...dangerous.map((question) => ({ question, allowed: false })),
];

/** No candidates are looked for where tokens are named. */
export const notSearched: Section<TokenCandidates> = {
  seen: 'none',
  missing: { kind: 'not-gathered', endpoint: '', message: 'The clusters file names the tokens of gateways' },
};
