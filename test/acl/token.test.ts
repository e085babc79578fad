import { evaluate } from '../../src/acl/evaluate';
import { type AclSource, globalManagementId, rightsOfToken } from '../../src/acl/token';
import type { AclPolicy, AclRole, AclToken } from '../../src/consul/wire';
import { ask, linksTo, policy, role, token } from './support';

const gateway = policy('gateway', 'service "mesh-gateway" { policy = "write" }');
const elsewhere = policy('elsewhere', 'mesh = "write"', { Datacenters: ['dc2'] });
const broken = policy('broken', 'mesh = "write"\nservice "a" {');

const source = (
  policies: readonly AclPolicy[],
  roles: readonly AclRole[] = [],
  over: Partial<AclSource> = {},
): AclSource => ({
  datacenter: 'dc1',
  defaultPolicy: 'deny',
  policy: (id) => policies.find(({ ID }) => ID === id),
  role: (id) => roles.find(({ ID }) => ID === id),
  ...over,
});

const allows = (found: AclToken, from: AclSource, question: string): boolean | 'unreadable' => {
  const result = rightsOfToken(found, from);
  return result.ok ? evaluate(result.value.rights, ask(question)).allowed : 'unreadable';
};

const service = (ServiceName: string, ...Datacenters: string[]) => ({ ServiceName, Datacenters });
const template = (TemplateName: string, Name?: string, ...Datacenters: string[]) => ({
  TemplateName,
  TemplateVariables: Name === undefined ? null : { Name },
  Datacenters,
});

describe('a token grants', () => {
  it('what its policies and those of its roles grant', () => {
    const gateways = role('gateways', { Policies: linksTo(gateway) });
    const found = token('t', { Roles: linksTo(gateways) });
    expect(allows(found, source([gateway], [gateways]), 'service:write:mesh-gateway')).toBe(true);
  });

  it('nothing of a policy that is for other datacenters', () => {
    expect(allows(token('t', { Policies: linksTo(elsewhere) }), source([elsewhere]), 'mesh:write')).toBe(
      false,
    );
  });

  it.each<[string, Partial<AclToken>, string, boolean]>([
    ['a service identity', { ServiceIdentities: [service('web')] }, 'service:write:web-sidecar-proxy', true],
    [
      'a service identity for elsewhere',
      { ServiceIdentities: [service('web', 'dc2')] },
      'service:write:web',
      false,
    ],
    [
      'a service identity for everywhere that another one narrows',
      { ServiceIdentities: [service('web'), service('web', 'dc2')] },
      'service:write:web',
      false,
    ],
    ['a node identity', { NodeIdentities: [{ NodeName: 'n', Datacenter: 'dc1' }] }, 'node:write:n', true],
    ['a templated policy', { TemplatedPolicies: [template('builtin/api-gateway', 'gw')] }, 'mesh:read', true],
    [
      'a templated policy without name',
      { TemplatedPolicies: [template('builtin/dns')] },
      'query:read:*',
      true,
    ],
    [
      'the first of equal templated policies only',
      { TemplatedPolicies: [template('builtin/service', 'web', 'dc2'), template('builtin/service', 'web')] },
      'service:write:web',
      false,
    ],
  ])('what comes with %s', (_, over, question, expected) => {
    expect(allows(token('t', over), source([]), question)).toBe(expected);
  });

  it('nothing that can be known while one of its policies cannot be read, and says where', () => {
    const found = token('t', { Policies: linksTo(gateway, broken) });
    expect(rightsOfToken(found, source([gateway, broken]))).toMatchObject({
      ok: false,
      error: [{ policy: { name: 'broken' }, error: { position: { line: 2, column: 14 } } }],
    });
  });

  it('nothing that can be known with a template of a later Consul, unless the server shows its rules', () => {
    const found = token('t', { TemplatedPolicies: [template('builtin/new', 'web')] });
    expect(allows(found, source([]), 'mesh:write')).toBe('unreadable');
    const synthetic = policy('synthetic-policy-1', 'mesh = "write"', {
      Description: 'synthetic policy generated from templated policy: builtin/new',
    });
    expect(allows(found, source([], [], { synthetic: [synthetic] }), 'mesh:write')).toBe(true);
  });

  it('what is left where a linked policy is gone, and names it', () => {
    const found = token('t', { Policies: linksTo(gateway, elsewhere) });
    expect(rightsOfToken(found, source([gateway]))).toMatchObject({
      value: { missing: [{ name: 'elsewhere' }], isManagement: false },
    });
  });

  it('everything with the built-in management policy, whatever it is called', () => {
    const renamed = policy('root', 'acl = "write"', { ID: globalManagementId });
    const found = token('t', { Policies: linksTo(renamed) });
    expect(rightsOfToken(found, source([renamed]))).toMatchObject({ value: { isManagement: true } });
  });
});
