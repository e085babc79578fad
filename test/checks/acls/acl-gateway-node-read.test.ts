import { exampleGatewayToken, gatewayRuleOf, gatewayRules } from '../../../src/checks/examples/acl';
import {
  exampleCheck,
  exampleGateway,
  examplePeering,
  exampleSerfHealth,
  exampleSidecar,
} from '../../../src/checks/examples/parts';
import type { Result } from '../../../src/report/report';
import { checkTable, resultFor } from '../check-table';
import { hidden } from '../world';

const codesOf = ({ findings }: Result): readonly string[] =>
  findings.flatMap(({ remediation }) => remediation.map(({ code }) => code));

const withRules = (rules: string) => ({ gatewayTokens: [exampleGatewayToken(rules)] });
const without = gatewayRules.replace(gatewayRuleOf['node-read'], '');
const gateway = 'mesh-gateway mesh-gateway';
const { token: _, ...gone } = exampleGatewayToken(gatewayRules);
const importsOnly = {
  peerings: {
    enabled: true,
    list: [examplePeering({ StreamStatus: { ImportedServices: ['billing'], ExportedServices: [] } })],
  },
  exportedServices: [],
};

checkTable('acl-gateway-node-read', [
  ['all nodes may be read', {}, 'pass'],
  ['no rule is about nodes', withRules(without), 'fail', ['error', gateway]],
  [
    'a rule denies nodes',
    withRules(`${without}node_prefix "" { policy = "deny" }`),
    'fail',
    ['error', gateway],
  ],
  [
    'some nodes may be read, which may be all that matter',
    withRules(`${without}node_prefix "app-" { policy = "read" }`),
    'fail',
    ['warning', gateway],
  ],
  [
    'one node is denied, which may run nothing that is exported',
    withRules(`${gatewayRules}node "db-1" { policy = "deny" }`),
    'fail',
    ['warning', gateway],
  ],
  [
    'the gateway is in no path: the cluster only imports, in remote mode',
    { ...withRules(without), ...importsOnly },
    'fail',
    ['warning', gateway],
  ],
  [
    'the cluster only imports, in local mode',
    {
      ...withRules(without),
      ...importsOnly,
      sidecars: [
        exampleSidecar(undefined, {
          proxy: { ...exampleSidecar().proxy, MeshGateway: { Mode: 'local' } },
        }),
      ],
    },
    'fail',
    ['error', gateway],
  ],
  [
    'there is no peering yet',
    { ...withRules(without), peerings: { enabled: true, list: [] } },
    'fail',
    ['error', gateway],
  ],
  ['ACLs are disabled', { acl: { enabled: false, anonymous: false } }, 'skip'],
  ['the tokens of gateways are not visible', { gatewayTokens: hidden() }, 'unknown'],
  ['the token does not exist', { gatewayTokens: [gone] }, 'unknown'],
]);

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
    ['of an agent', exampleGateway(), 'systemctl restart mesh-gateway\n'],
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

const down = exampleGateway({
  checks: [exampleSerfHealth('passing'), exampleCheck({ Status: 'critical' })],
});

checkTable('acl-gateway-service-write', [
  ['the token grants it', {}, 'pass'],
  [
    'the token is gone, and the gateway is down',
    { gatewayTokens: [gone], gateways: [down] },
    'fail',
    ['error', gateway],
  ],
  ['the token is gone, and the gateway goes on', { gatewayTokens: [gone] }, 'unknown', ['warning', gateway]],
  [
    'the token grants all and the gateway is down: it may run with another one',
    { gateways: [down] },
    'pass',
    ['info', gateway],
  ],
  ['ACLs are disabled', { acl: { enabled: false, anonymous: false } }, 'skip'],
]);
