import { exampleGatewayToken, gatewayRules } from '../../../src/checks/examples/acl';
import { registry } from '../../../src/checks/registry';
import { exampleGateway } from '../../../src/checks/examples/parts';
import type { Result } from '../../../src/report/report';
import type { GatewayToken, TokenCandidates } from '../../../src/snapshot/acl-sections';
import type { Section, Snapshot } from '../../../src/snapshot/snapshot';
import { run, snapshotOf } from '../world';

const all = <T>(value: T): Section<T> => ({ visibility: 'visible', value });
const none = (message: string): Section<never> => ({
  visibility: 'hidden',
  reason: { kind: 'forbidden', endpoint: '/v1/acl/tokens', message, needs: ['acl = "read"'] },
});

const result = (id: string, sections: Partial<Snapshot['sections']>): Result => {
  const checks = registry.filter((check) => check.id === id);
  const [found] = run(snapshotOf(sections), { checks }).results;
  if (!found) throw new Error(`no check ${id}`);
  return found;
};

const named = (...tokens: readonly GatewayToken[]) => ({ gatewayTokens: all(tokens) });

const candidates = (over: Partial<TokenCandidates['gateways'][number]>): Partial<Snapshot['sections']> => ({
  gatewayTokens: all([]),
  tokenCandidates: all({
    endpoint: '/v1/acl/tokens',
    gateways: [
      {
        gateway: 'mesh-gateway',
        candidates: [],
        found: 0,
        searched: 12,
        management: 1,
        unreadable: 0,
        granting: { 'service-write': 0, 'service-read': 3, 'mesh-write': 2 },
        ...over,
      },
    ],
  }),
});

const candidate = {
  accessor: 'aaaaaaaa-0000-0000-0000-000000000000',
  description: '<!channel> gateways',
  roles: ['gateways'],
  authMethod: '',
  rules: 3,
  names: true,
};

describe('the grants of a gateway', () => {
  it.each([
    ['acl-gateway-service-write', gatewayRules.replace('service "mesh-gateway"', 'service "mesh-gateway-2"')],
    ['acl-gateway-service-read', gatewayRules.replace('service_prefix ""', 'service_prefix "a"')],
    ['acl-gateway-mesh-write', gatewayRules.replace('mesh = "write"', 'mesh = "read"')],
  ])('%s is an error where it is missing, and about the gateway', (id, rules) => {
    const found = result(id, named(exampleGatewayToken(rules)));
    expect(found).toMatchObject({ status: 'fail', severity: 'error' });
    expect(found.findings.map(({ subject }) => subject)).toEqual([
      { kind: 'mesh-gateway', name: 'mesh-gateway' },
    ]);
  });

  it('are unknown where rules cannot be read, with the place', () => {
    const found = result(
      'acl-gateway-mesh-write',
      named(exampleGatewayToken('mesh = "write"\nservice "a" {')),
    );
    expect(found.status).toBe('unknown');
    expect(found.reason).toMatch(/line 2, column 14/u);
  });

  it('are unknown where the bot may not read tokens, naming the rule', () => {
    const found = result('acl-gateway-mesh-write', { gatewayTokens: none('refused') });
    expect(found).toMatchObject({ status: 'unknown', reason: expect.stringContaining('acl = "read"') });
  });

  it('of one bad token are an error although another is gone', () => {
    const { token: _, ...gone } = exampleGatewayToken(gatewayRules);
    const found = result('acl-gateway-mesh-write', named(gone, exampleGatewayToken('')));
    expect(found).toMatchObject({ status: 'fail', severity: 'error' });
  });

  it('of a registered gateway that is not named are told apart, and fail nothing', () => {
    const other = exampleGateway({ service: { Service: 'gateway-2' } });
    const found = result('acl-gateway-mesh-write', {
      ...named(exampleGatewayToken(gatewayRules)),
      gateways: all([exampleGateway(), other]),
    });
    expect(found.status).toBe('pass');
    expect(found.findings.map(({ subject, severity }) => [subject.name, severity])).toEqual([
      ['gateway-2', 'info'],
    ]);
  });

  it('are not asked about where no gateway is registered', () => {
    const found = result('acl-gateway-mesh-write', { gatewayTokens: all([]), gateways: all([]) });
    expect(found.status).toBe('skip');
  });
});

describe('where no token is named', () => {
  it('a grant that none holds is a warning of its own check', () => {
    const sections = candidates({});
    expect(result('acl-gateway-service-write', sections)).toMatchObject({
      status: 'fail',
      severity: 'warning',
    });
    expect(result('acl-gateway-mesh-write', sections).status).toBe('skip');
  });

  it('grants that no single token holds together are a warning once', () => {
    const sections = candidates({ granting: { 'service-write': 1, 'service-read': 3, 'mesh-write': 2 } });
    expect(result('acl-gateway-service-write', sections).severity).toBe('warning');
    expect(result('acl-gateway-mesh-write', sections).status).toBe('skip');
  });

  it('tokens whose rules cannot be read may be the ones: no warning', () => {
    expect(result('acl-gateway-service-write', candidates({ unreadable: 1 })).status).toBe('skip');
  });

  it('candidates are named as the clusters file takes them', () => {
    const one = candidates({ found: 1, candidates: [candidate] });
    expect(result('acl-gateway-mesh-write', one).reason).toContain(`accessor: ${candidate.accessor}`);
    const login = candidates({ found: 1, candidates: [{ ...candidate, authMethod: 'kubernetes' }] });
    expect(result('acl-gateway-mesh-write', login).reason).toContain('role: gateways');
  });

  it('and tokens cannot be read, the rows skip and say what is missing', () => {
    const sections = { gatewayTokens: all([]), tokenCandidates: none('refused') };
    expect(result('acl-gateway-mesh-write', sections)).toMatchObject({
      status: 'skip',
      reason: expect.stringContaining('acl = "read"'),
    });
  });
});

describe('expiry', () => {
  const ending = (ExpirationTime: string, AuthMethod = '') =>
    result('acl-token-expiry', named(exampleGatewayToken(gatewayRules, { ExpirationTime, AuthMethod })));

  it.each([
    ['2026-11-23T14:03:22Z', 'fail', 'error'],
    ['2026-11-24T14:00:00Z', 'fail', 'warning'],
    ['2027-11-24T14:00:00Z', 'pass', 'error'],
  ])('at %s: %s, %s', (at, status, severity) => {
    expect(ending(at)).toMatchObject({ status, severity });
  });

  it('of a token that is renewed by logging in says nothing', () => {
    expect(ending('2026-11-20T00:00:00Z', 'kubernetes').status).toBe('pass');
  });
});

describe('least privilege', () => {
  it.each([
    ['acl = "write"', 'fail'],
    ['operator = "write"', 'fail'],
    ['operator = "read"', 'pass'],
    ['acl = "WRITE"', 'pass'],
  ])('%s: %s', (rules, status) => {
    const token = exampleGatewayToken(`${rules}\n${gatewayRules}`);
    expect(result('acl-least-privilege', named(token)).status).toBe(status);
  });

  it('is judged of the bot by what Consul says, where its rules are hidden', () => {
    const acl = all({ enabled: true, anonymous: false });
    const question = { resource: 'operator', access: 'write' } as const;
    const found = result('acl-least-privilege', { acl, ownRights: all([{ question, allowed: true }]) });
    expect(found).toMatchObject({ status: 'fail', severity: 'warning' });
  });
});
