import {
  exampleAcl,
  exampleAclWithoutRules,
  exampleGatewayToken,
  gatewayRules,
} from '../../../src/checks/examples/acl';
import { throughGateways } from '../changes';
import type { OwnRight } from '../../../src/snapshot/acl-sections';
import type { GatewayToken } from '../../../src/snapshot/acl-sections';
import { checkTable, type Changes, codesOf, resultFor, type Row } from '../check-table';
import { hidden, partial } from '../world';

const id = 'acl-least-privilege';
const ofGateway = ['warning', 'mesh-gateway mesh-gateway'] as const;
const ofBot = ['warning', "token the bot's own token"] as const;

const named = (...gatewayTokens: readonly GatewayToken[]): Changes => ({ gatewayTokens });
const granting = (rules: string) => exampleGatewayToken(`${rules}\n${gatewayRules}`);
const { token: _, ...gone } = exampleGatewayToken('');

const managementPolicy = {
  ID: '00000000-0000-0000-0000-000000000001',
  Name: 'global-management',
};
const management = exampleGatewayToken('', {
  Policies: [managementPolicy],
  ExpandedPolicies: [{ ...managementPolicy, Description: '', Rules: '', Datacenters: [] }],
});

/** The bot may not read its rules; Consul says what they grant. */
const reported = (...rights: readonly OwnRight[]): Changes => ({
  acl: exampleAclWithoutRules(),
  ownRights: rights,
});
const operator = (access: 'read' | 'write', allowed: boolean): OwnRight => ({
  question: { resource: 'operator', access },
  allowed,
});

checkTable(id, [
  ['each token grants what it needs', {}, 'pass'],
  ...(
    [
      ['acl = "write"', 'fail', ofGateway],
      ['operator = "write"', 'fail', ofGateway],
      ['operator = "read"', 'pass'],
      ['acl = "WRITE"', 'pass'],
    ] as const
  ).map(
    ([rules, outcome, ...findings]): Row => [
      `the token of a gateway has ${rules}`,
      named(granting(rules)),
      outcome,
      ...findings,
    ],
  ),
  ['the token of a gateway is a management token', named(management), 'fail', ofGateway],
  [
    'the tokens of two gateways of three grant too much',
    named(
      { ...granting('acl = "write"'), gateway: 'a' },
      { ...granting(''), gateway: 'b' },
      { ...granting('operator = "write"'), gateway: 'c' },
    ),
    'fail',
    ['warning', 'mesh-gateway a'],
    ['warning', 'mesh-gateway c'],
  ],
  [
    "the bot's own token grants too much",
    { acl: exampleAcl({ ExpandedPolicies: granting('acl = "write"').token?.ExpandedPolicies ?? [] }) },
    'fail',
    ofBot,
  ],
  [
    'the anonymous token grants too much',
    {
      acl: {
        ...exampleAcl({ ExpandedPolicies: granting('acl = "write"').token?.ExpandedPolicies ?? [] }),
        anonymous: true,
      },
    },
    'pass',
  ],
  [
    "Consul reports that the bot's own token grants too much",
    { acl: { enabled: true, anonymous: false }, ownRights: [operator('write', true)] },
    'fail',
    ofBot,
  ],
  ['Consul reports that it does not', reported(operator('write', false)), 'pass'],
  ['Consul reports a right to read', reported(operator('read', true)), 'pass'],
  ["the bot's rights are not visible", { acl: exampleAclWithoutRules(), ownRights: hidden() }, 'unknown'],
  [
    "the bot's rights are not visible, and the token of a gateway grants too much",
    { acl: exampleAclWithoutRules(), ownRights: hidden(), ...named(granting('acl = "write"')) },
    'unknown',
    ofGateway,
  ],
  ["the bot's rules are visible, and its rights are not", { ownRights: hidden() }, 'pass'],
  [
    'the bot sends no token, and its rights are not visible',
    { acl: { enabled: true, anonymous: true }, ownRights: hidden() },
    'pass',
  ],
  ['a named token is gone', named(gone), 'unknown'],
  ['its rules cannot be read', named(exampleGatewayToken('service "a" {')), 'unknown'],
  [
    'one token is gone, and another grants too much',
    named(gone, granting('acl = "write"')),
    'unknown',
    ofGateway,
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

describe('acl-least-privilege', () => {
  const evidence = (changes: Changes) =>
    resultFor(id, changes).findings[0]?.evidence.map(({ path, value }) => [path, value]);

  it('shows the rule, the membership or the answer that grants too much', () => {
    expect(evidence(named(granting('acl = "write"')))).toEqual([
      ['ExpandedPolicies[0].Rules line 1', 'acl = "write"'],
    ]);
    expect(evidence(named(management))).toEqual([['ExpandedPolicies', 'global-management']]);
    expect(evidence(reported(operator('write', true), operator('read', true)))).toEqual([
      ['operator:write', true],
    ]);
  });

  it('creates a policy whose name no policy of the token has', () => {
    const created = (changes: Changes) =>
      /policy create -name (\S+)/u.exec(codesOf(resultFor(id, changes)).join('\n'))?.[1] ?? '';
    const token = granting('acl = "write"');
    const name = created(named(token));
    expect(name).toContain(token.token?.AccessorID.slice(0, 8));
    const linked = { ID: 'linked', Name: name, Description: '', Rules: '', Datacenters: [] };
    const taken = {
      ...token,
      token: token.token && { ...token.token, ExpandedPolicies: [...token.token.ExpandedPolicies, linked] },
    };
    expect(created(named(taken as GatewayToken))).toBe(`${name}-2`);
  });

  it('keeps peering:read in the fix where peering traffic may go through gateways', () => {
    const codes = (changes: Changes) =>
      codesOf(resultFor(id, { ...named(granting('acl = "write"')), ...changes })).join('\n');
    expect(codes(throughGateways)).toContain('peering = "read"');
    expect(codes({ mesh: hidden() })).toContain('peering = "read"');
    expect(codes(throughGateways)).not.toContain('acl = "write"');
  });
});
