import { findGatewayTokens } from '../../src/acl/find-gateway-tokens';
import type { RoutedGatewayKind } from '../../src/acl/needs';
import { globalManagementId } from '../../src/acl/token';
import { linksTo, policy, token } from './support';

const self = 'service "gw" { policy = "write" }\n';
const linked = 'service "ext" { policy = "write" }\n';
const node = 'node_prefix "" { policy = "read" }\n';
const called = 'service "ext" { policy = "read" }\n';

const writersFor = (kind: RoutedGatewayKind, ...rules: readonly string[]) => {
  const policies = rules.map((text, index) => policy(`p${index}`, text));
  const [found] = findGatewayTokens(
    {
      tokens: policies.map((one, index) => token(`t${index}`, { Policies: linksTo(one) })),
      roles: [],
      policies,
      datacenter: 'dc1',
      defaultPolicy: 'deny',
      atMs: 0,
    },
    [{ kind, gateway: 'gw', services: ['ext'] }],
  );
  return found?.writers ?? [];
};

const lacksOf = (kind: RoutedGatewayKind, rules: string) =>
  writersFor(kind, rules).map(({ lacks }) => lacks.map(({ resource, access }) => `${resource}:${access}`));

it.each<[string, RoutedGatewayKind, string, readonly (readonly string[])[]]>([
  ['all that a terminating gateway needs', 'terminating-gateway', self + linked + node, [[]]],
  [
    'the node of the service alone',
    'terminating-gateway',
    `${self}${linked}node "outside" { policy = "read" }`,
    [[]],
  ],
  ['nothing on the linked service', 'terminating-gateway', self + node, [['service:write']]],
  ['the right to read the linked service', 'terminating-gateway', self + called + node, [['service:write']]],
  [
    'no right to read its intentions',
    'terminating-gateway',
    `${self}${node}service "ext" { policy = "write" intentions = "deny" }`,
    [['service:write']],
  ],
  ['no node', 'terminating-gateway', self + linked, [['node_prefix:read']]],
  ['nothing on the gateway itself', 'terminating-gateway', linked + node, []],
  ['all that an API gateway needs', 'api-gateway', `${self}${called}mesh = "read"`, [[]]],
  ['no mesh', 'api-gateway', self + called, [['mesh:read']]],
  ['nothing on the name that it calls', 'api-gateway', `${self}mesh = "read"`, [['service:read']]],
  ['all that an ingress gateway needs', 'ingress-gateway', self + called, [[]]],
  ['nothing on the name that it calls', 'ingress-gateway', self, [['service:read']]],
])('a token that grants %s of %s lacks', (_name, kind, rules, lacks) => {
  expect(lacksOf(kind, rules)).toEqual(lacks);
});

it('puts the token that lacks the least first, and one of those with equal rights', () => {
  expect(
    writersFor('terminating-gateway', self, self + linked + node, self + linked).map(
      ({ lacks }) => lacks.length,
    ),
  ).toEqual([0, 1, 2]);
});

it('puts a token whose rules name the gateway before one for everything that lacks less', () => {
  const everything = 'service_prefix "" { policy = "write" }\n';
  const found = writersFor('terminating-gateway', everything, self, everything + node);
  expect(found.map(({ names, lacks }) => [names, lacks.length])).toEqual([
    [false, 0],
    [true, 2],
    [false, 1],
  ]);
});

it('knows where a further policy is not enough', () => {
  const denied = `${self}${node}service "ext" { policy = "deny" }`;
  expect(
    [self, denied]
      .flatMap((rules) => writersFor('terminating-gateway', rules))
      .map((one) => one.isExtensible),
  ).toEqual([true, false]);
});

it('leaves out management tokens', () => {
  const management = policy('management', 'service_prefix "" { policy = "write" }', {
    ID: globalManagementId,
  });
  const [found] = findGatewayTokens(
    {
      tokens: [token('t', { Policies: linksTo(management) })],
      roles: [],
      policies: [management],
      datacenter: 'dc1',
      defaultPolicy: 'deny',
      atMs: 0,
    },
    [{ kind: 'terminating-gateway', gateway: 'gw', services: [] }],
  );
  expect(found?.writers).toEqual([]);
});
