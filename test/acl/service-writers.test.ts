import { findServiceWriters } from '../../src/acl/find-service-writers';
import { anonymousAccessorId, globalManagementId } from '../../src/acl/token';
import type { AclToken } from '../../src/consul/wire';
import { linksTo, policy, role, token } from './support';

const policies = [
  policy('web', 'service "web" { policy = "write" }'),
  policy('reads', 'service_prefix "" { policy = "read" }'),
  policy('apps', 'service_prefix "app-" { policy = "write" }\nservice "app-secret" { policy = "deny" }'),
  policy('broken', 'service = '.concat('{')),
  policy('management', 'service_prefix "" { policy = "write" }', { ID: globalManagementId }),
] as const;
const [web, reads, apps, broken, management] = policies;
const services = ['web', 'app-one', 'app-secret', 'db'];

const search = (tokens: readonly AclToken[], defaultPolicy: 'allow' | 'deny' = 'deny') =>
  findServiceWriters(
    {
      tokens,
      roles: [role('webs', { Policies: linksTo(web) })],
      policies,
      datacenter: 'dc1',
      defaultPolicy,
      atMs: Date.parse('2026-11-23T12:00:00Z'),
    },
    services,
  );

it.each<[string, readonly AclToken[], readonly string[]]>([
  ['a rule on its name', [token('t', { Policies: linksTo(web) })], ['web']],
  ['a role', [token('t', { Roles: linksTo(role('webs')) })], ['web']],
  [
    'a service identity',
    [token('t', { ServiceIdentities: [{ ServiceName: 'db', Datacenters: [] }] })],
    ['db'],
  ],
  [
    'a service identity of another datacenter',
    [token('t', { ServiceIdentities: [{ ServiceName: 'db', Datacenters: ['dc2'] }] })],
    [],
  ],
  ['a prefix, with one name denied', [token('t', { Policies: linksTo(apps) })], ['app-one']],
  [
    'several tokens',
    [token('a', { Policies: linksTo(apps) }), token('b', { Policies: linksTo(web) })],
    ['web', 'app-one'],
  ],
  ['the right to read alone', [token('t', { Policies: linksTo(reads) })], []],
  ['an expired token', [token('t', { Policies: linksTo(web), ExpirationTime: '2026-11-22T12:00:00Z' })], []],
  ['a management token', [token('t', { Policies: linksTo(management) })], []],
  ['a token whose rules cannot be read', [token('t', { Policies: linksTo(web, broken) })], []],
])('%s', (_name, tokens, writable) => {
  expect(search(tokens).writable).toEqual(writable);
});

it('lets a sidecar do without a token where everything is allowed', () => {
  expect(search([token(anonymousAccessorId)], 'allow').writable).toEqual(services);
});

it('counts the tokens by kind', () => {
  expect(
    search([
      token('a', { Policies: linksTo(management) }),
      token('b', { Policies: linksTo(broken) }),
      token('c'),
      token('d'),
    ]),
  ).toMatchObject({ searched: 2, management: 1, unreadable: 1 });
});
