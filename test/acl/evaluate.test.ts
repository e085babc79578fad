import { canReadAll, evaluate } from '../../src/acl/evaluate';
import type { DefaultPolicy } from '../../src/acl/rights';
import { ask, rights } from './support';

describe('a question is answered as Consul answers it', () => {
  it.each<[string, string[], string, boolean]>([
    [
      'exact before prefix',
      ['service_prefix "we" { policy = "write" } service "web" { policy = "read" }'],
      'service:write:web',
      false,
    ],
    [
      'the longest prefix',
      [
        'key_prefix "" { policy = "deny" } key_prefix "a/b" { policy = "write" } key_prefix "a" { policy = "read" }',
      ],
      'key:write:a/b/c',
      true,
    ],
    [
      'an exact rule says nothing of longer names',
      ['service "web" { policy = "write" }'],
      'service:read:web-2',
      false,
    ],
    [
      'deny before write on the same name',
      ['node "n" { policy = "write" }', 'node "n" { policy = "deny" }'],
      'node:read:n',
      false,
    ],
    [
      'write before read on the same name',
      ['node "n" { policy = "read" }', 'node "n" { policy = "write" }'],
      'node:write:n',
      true,
    ],
    [
      'write before list on the same key',
      ['key "n" { policy = "list" }', 'key "n" { policy = "write" }'],
      'key:write:n',
      true,
    ],
    ['list covers read', ['key "n" { policy = "list" }'], 'key:read:n', true],
    ['list does not cover write', ['key "n" { policy = "list" }'], 'key:write:n', false],
    ['mesh falls back to operator', ['operator = "write"'], 'mesh:write', true],
    ['peering falls back to operator', ['operator = "read"'], 'peering:read', true],
    ['a rule of its own comes before operator', ['operator = "write"', 'mesh = "deny"'], 'mesh:read', false],
    ['keyring does not fall back', ['operator = "write"'], 'keyring:read', false],
    [
      'intentions are read with the service',
      ['service "web" { policy = "write" }'],
      'intention:read:web',
      true,
    ],
    [
      'intentions are not written with the service',
      ['service "web" { policy = "write" }'],
      'intention:write:web',
      false,
    ],
    [
      'intentions by their own rule',
      ['service "web" { policy = "deny" intentions = "write" }'],
      'intention:write:web',
      true,
    ],
    [
      'intentions denied in one policy',
      [
        'service "web" { policy = "write" intentions = "write" }',
        'service "web" { policy = "read" intentions = "deny" }',
      ],
      'intention:read:web',
      false,
    ],
    ['the intention on * is read with any', ['service "web" { policy = "read" }'], 'intention:read:*', true],
    [
      'the intention on * is written with all',
      ['service_prefix "" { policy = "read" intentions = "write" } service "web" { policy = "read" }'],
      'intention:write:*',
      false,
    ],
    ['levels in capitals hold', ['service "web" { policy = "WRITE" }'], 'service:write:web', true],
    [
      'levels in capitals do not reach intentions',
      ['service "web" { policy = "WRITE" }'],
      'intention:read:web',
      false,
    ],
    ['whole resources in capitals are dropped', ['acl = "Read"'], 'acl:read', false],
    [
      'a whole prefix with nothing against it',
      ['key_prefix "a" { policy = "write" }'],
      'key:write:a/b*',
      true,
    ],
    [
      'a whole prefix with a deeper rule against it',
      ['key_prefix "a" { policy = "write" } key "a/b/c" { policy = "list" }'],
      'key:write:a/b*',
      false,
    ],
    [
      'all of a resource',
      ['service_prefix "" { policy = "read" } service "web" { policy = "write" }'],
      'service:read:*',
      true,
    ],
    [
      'all of a resource but one',
      ['service_prefix "" { policy = "read" } service "web" { policy = "deny" }'],
      'service:read:*',
      false,
    ],
  ])('%s', (_, policies, question, expected) => {
    expect(evaluate(rights('deny', ...policies), ask(question)).allowed).toBe(expected);
  });

  it.each<[DefaultPolicy, string, boolean]>([
    ['allow', 'service:write:web', true],
    ['allow', 'service:write:*', true],
    ['allow', 'mesh:write', true],
    ['allow', 'acl:read', false],
    ['deny', 'service:read:web', false],
    ['deny', 'service:read:*', false],
  ])('without a rule the default %s decides %s', (defaultPolicy, question, expected) => {
    const decision = evaluate(rights(defaultPolicy), ask(question));
    expect(decision).toEqual({ allowed: expected, because: { by: 'default', policy: defaultPolicy } });
  });

  it('names the policy and the line that decided', () => {
    const found = rights('deny', 'mesh = "read"', '# gateways\nservice_prefix "" { policy = "read" }');
    expect(evaluate(found, ask('service:read:web')).because).toMatchObject({
      by: 'rule',
      source: { policy: { id: 'p1' }, rule: { match: 'prefix', segment: '', line: 2 } },
    });
  });
});

it('a list shows all although a rule hides the empty name, which nothing has', () => {
  expect(canReadAll(rights('allow', 'node "" { policy = "deny" }'), 'node')).toBe(true);
});
