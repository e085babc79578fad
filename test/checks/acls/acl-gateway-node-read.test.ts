import { exampleGatewayToken, gatewayRuleOf, gatewayRules } from '../../../src/checks/examples/acl';
import { exampleGateway } from '../../../src/checks/examples/parts';
import { codesOf, resultFor } from '../check-table';
import { grantTable } from './grant-table';

const withRules = (rules: string) => ({ gatewayTokens: [exampleGatewayToken(rules)] });
const without = gatewayRules.replace(gatewayRuleOf['node-read'], '');
const warned = ['warning', 'mesh-gateway mesh-gateway'] as const;

grantTable({
  id: 'acl-gateway-node-read',
  grant: 'node-read',
  insufficient: without,
  rows: [
    [
      'a rule denies nodes',
      withRules(`${without}node_prefix "" { policy = "deny" }`),
      'fail',
      ['error', 'mesh-gateway mesh-gateway'],
    ],
    [
      'some nodes may be read, which may be all that matter',
      withRules(`${without}node_prefix "app-" { policy = "read" }`),
      'fail',
      warned,
    ],
    [
      'one node is denied, which may run nothing that is exported',
      withRules(`${gatewayRules}node "db-1" { policy = "deny" }`),
      'fail',
      warned,
    ],
  ],
});

describe('a token that lacks grants', () => {
  it('is given all of them by one policy, whichever check finds it', () => {
    const changes = withRules(gatewayRuleOf['service-read']);
    const rules = codesOf(resultFor('acl-gateway-mesh-write', changes))[0];
    expect(rules).toContain('mesh = "write"');
    expect(rules).toContain('node_prefix "" {');
    expect(rules).toContain('service "mesh-gateway" {');
    expect(rules).not.toContain('service_prefix');
  });

  it('is given no policy of a name that it has already', () => {
    const token = exampleGatewayToken(without);
    const named = (Name: string) => ({
      gatewayTokens: [
        {
          ...token,
          token: {
            ...token.token,
            ExpandedPolicies: token.token?.ExpandedPolicies.map((policy) => ({ ...policy, Name })) ?? [],
          } as NonNullable<typeof token.token>,
        },
      ],
    });
    const created = (Name: string) =>
      /policy create -name (\S+)/u.exec(codesOf(resultFor('acl-gateway-node-read', named(Name))).join())?.[1];
    const first = created('other');
    expect(first).toMatch(/^mesh-gateway-gateway-8f2c6a1e$/u);
    expect(created(first ?? '')).toBe(`${first}-2`);
  });

  it.each([
    [
      'of an agent',
      exampleGateway({ service: { ID: 'gw-east' } }),
      'consul connect envoy -proxy-id gw-east\n',
    ],
    ['of an agent', exampleGateway(), 'systemctl restart -- mesh-gateway\n'],
    [
      'of Consul dataplane',
      exampleGateway({ node: { Meta: { 'synthetic-node': 'true' } } }),
      'kubectl rollout restart deployment --namespace consul --selector component=mesh-gateway\n',
    ],
  ])('needs the gateway %s to start again', (_name, instance, code) => {
    const result = resultFor('acl-gateway-node-read', { ...withRules(without), gateways: [instance] });
    expect(codesOf(result)).toContain(code);
  });
});
