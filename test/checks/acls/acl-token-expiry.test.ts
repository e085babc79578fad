import { exampleAcl, exampleGatewayToken, gatewayRules } from '../../../src/checks/examples/acl';
import type { ExpandedToken } from '../../../src/consul/wire';
import type { GatewayToken } from '../../../src/snapshot/acl-sections';
import { checkTable, type Changes, firstCode, resultFor, type Row } from '../check-table';
import { hidden, partial } from '../world';

const id = 'acl-token-expiry';
const ofGateway = 'mesh-gateway mesh-gateway';
const ofBot = "token the bot's own token";

const token = (changes: Partial<ExpandedToken>): GatewayToken => exampleGatewayToken(gatewayRules, changes);
const named = (...gatewayTokens: readonly GatewayToken[]): Changes => ({ gatewayTokens });
const { token: _, ...gone } = token({});
const expired = '2026-11-23T14:00:00Z';

// The snapshot was taken at 2026-11-23T14:03:22Z.
checkTable(id, [
  ['no token expires', {}, 'pass'],
  ...(
    [
      ['2026-11-23T14:03:22Z', 'fail', ['error', ofGateway]],
      ['2026-11-23T14:03:23Z', 'fail', ['warning', ofGateway]],
      ['2026-11-24T14:00:00Z', 'fail', ['warning', ofGateway]],
      ['2027-11-24T14:00:00Z', 'pass'],
    ] as const
  ).map(
    ([at, outcome, ...findings]): Row => [
      `the token of a gateway expires at ${at}`,
      named(token({ ExpirationTime: at })),
      outcome,
      ...findings,
    ],
  ),
  [
    'the tokens of two gateways of three are expired',
    named(
      { ...token({ ExpirationTime: expired }), gateway: 'a' },
      { ...token({}), gateway: 'b' },
      { ...token({ ExpirationTime: expired }), gateway: 'c' },
    ),
    'fail',
    ['error', 'mesh-gateway a'],
    ['error', 'mesh-gateway c'],
  ],
  [
    "the bot's own token expires in a day",
    { acl: exampleAcl({ ExpirationTime: '2026-11-24T14:00:00Z' }) },
    'fail',
    ['warning', ofBot],
  ],
  [
    "the bot's own token is expired",
    { acl: exampleAcl({ ExpirationTime: expired }) },
    'fail',
    ['error', ofBot],
  ],
  [
    'an expired token comes from logging in, which renews it',
    named(token({ ExpirationTime: '2026-11-20T00:00:00Z', AuthMethod: 'kubernetes' })),
    'pass',
  ],
  [
    'the anonymous token would be expired',
    { acl: { ...exampleAcl({ ExpirationTime: expired }), anonymous: true } },
    'pass',
  ],
  [
    'a token that only stands for a role has an expiry',
    named({ ...token({ ExpirationTime: expired }), by: 'role' }),
    'pass',
  ],
  ['the named token is gone', named(gone), 'unknown'],
  ['the named role is gone', named({ ...gone, by: 'role' }), 'pass'],
  [
    'the named token is gone, and another is expired',
    named(gone, token({ ExpirationTime: expired })),
    'fail',
    ['error', ofGateway],
  ],
  ['ACLs are disabled', { acl: { enabled: false, anonymous: false } }, 'skip'],
  [
    'no token is named, and the bot sends none',
    { acl: { enabled: true, anonymous: true }, gatewayTokens: [] },
    'skip',
  ],
  ['no token is named, and the bot sends one', { gatewayTokens: [] }, 'pass'],
  ['tokens are not visible', { gatewayTokens: hidden() }, 'unknown'],
  ['some tokens are not visible', { gatewayTokens: partial([exampleGatewayToken(gatewayRules)]) }, 'unknown'],
  ['ACLs are not visible', { acl: hidden() }, 'unknown'],
]);

describe('acl-token-expiry', () => {
  const create = (changes: Partial<ExpandedToken>) =>
    firstCode(resultFor(id, named(token({ ExpirationTime: expired, ...changes }))));

  it('creates a token with the links of the old one', () => {
    const code = create({
      Description: 'gateways',
      Policies: [
        { ID: 'p1', Name: 'a' },
        { ID: 'p2', Name: 'b' },
      ],
      Roles: [
        { ID: 'r1', Name: 'a' },
        { ID: 'r2', Name: 'b' },
      ],
      ServiceIdentities: [
        { ServiceName: 's1', Datacenters: [] },
        { ServiceName: 's2', Datacenters: ['dc1', 'dc2'] },
      ],
      NodeIdentities: [
        { NodeName: 'n1', Datacenter: 'dc1' },
        { NodeName: 'n2', Datacenter: 'dc2' },
      ],
      TemplatedPolicies: [
        { TemplateName: 'builtin/dns' },
        { TemplateName: 'builtin/service', TemplateVariables: { Name: 'api' } },
      ],
      Local: true,
    } as Partial<ExpandedToken>);
    const flat = code.replaceAll(/\\\n\s*|['"]/gu, '');
    expect(flat.split(/\s+/u).join(' ').trim()).toBe(
      'consul acl token create -description gateways -policy-id p1 -policy-id p2 -role-id r1 -role-id r2 ' +
        '-service-identity s1 -service-identity s2:dc1,dc2 -node-identity n1:dc1 -node-identity n2:dc2 ' +
        '-templated-policy builtin/dns -templated-policy builtin/service -var name:api -local',
    );
  });

  it('leaves out what the old one does not have', () => {
    const code = create({ Description: '', Policies: [] });
    expect(code.trim()).toBe('consul acl token create');
  });
});
