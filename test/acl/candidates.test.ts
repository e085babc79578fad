import { findCandidates } from '../../src/acl/find-candidates';
import { gatewayGrantsFor } from '../../src/acl/needs';
import { anonymousAccessorId, globalManagementId } from '../../src/acl/token';
import type { AclToken } from '../../src/consul/wire';
import { linksTo, policy, role, token } from './support';

const policies = [
  policy(
    'gateway',
    'service "mesh-gateway" { policy = "write" }\nservice_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }\nmesh = "write"',
  ),
  policy('any', 'service_prefix "" { policy = "write" }\nnode_prefix "" { policy = "read" }\nmesh = "write"'),
  policy('part', 'service "mesh-gateway" { policy = "write" }'),
  policy('broken', 'mesh = '.concat('{')),
  policy('management', 'acl = "write"\noperator = "write"\nservice_prefix "" { policy = "write" }', {
    ID: globalManagementId,
  }),
] as const;
const [gateway, any, part, broken, management] = policies;
const gateways = role('gateways', { Policies: linksTo(gateway) });

const search = (tokens: readonly AclToken[]) =>
  findCandidates(
    {
      tokens,
      roles: [gateways],
      policies,
      datacenter: 'dc1',
      defaultPolicy: 'deny',
      atMs: Date.parse('2026-11-23T12:00:00Z'),
    },
    ['mesh-gateway'],
    gatewayGrantsFor(false),
  )[0];

it('finds the tokens that grant all, the likeliest first', () => {
  const found = search([
    token('t-any', { Policies: linksTo(any) }),
    token('t-part', { Policies: linksTo(part) }),
    token('t-role', { Roles: linksTo(gateways), AuthMethod: 'kubernetes' }),
    token('t-more', { Policies: linksTo(gateway, any) }),
  ]);
  expect(found?.candidates.map(({ accessor }) => accessor)).toEqual(['t-role', 't-more', 't-any']);
  expect(found?.candidates[0]).toMatchObject({ roles: ['gateways'], authMethod: 'kubernetes' });
  expect(found?.granting).toEqual({
    'service-write': 4,
    'service-read': 3,
    'mesh-write': 3,
    'node-read': 3,
  });
});

it('leaves out management tokens, the anonymous one, expired and unreadable ones, and counts them', () => {
  const found = search([
    token('t-root', { Policies: linksTo(management) }),
    token(anonymousAccessorId, { Policies: linksTo(any) }),
    token('t-old', { Policies: linksTo(any), ExpirationTime: '2026-11-22T12:00:00Z' }),
    token('t-broken', { Policies: linksTo(any, broken) }),
    token('t-none'),
  ]);
  expect(found).toMatchObject({ candidates: [], searched: 1, management: 1, unreadable: 1 });
});
