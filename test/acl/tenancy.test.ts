import { evaluate } from '../../src/acl/evaluate';
import { type ParsedPolicy, mergePolicies } from '../../src/acl/rights';
import { parseRules } from '../../src/acl/rules';
import { selectPoliciesInTenancy } from '../../src/acl/tenancy';
import { ask } from './support';

const policyOf = (text: string, over: Partial<ParsedPolicy> = {}): ParsedPolicy => {
  const parsed = parseRules(text, { enterprise: true });
  if (!parsed.ok) throw new Error(parsed.error.message);
  return { id: text, name: text, rules: parsed.value, ...over };
};

const allowed = (
  policies: readonly ParsedPolicy[],
  partition: string,
  namespace: string,
  question: string,
): boolean =>
  evaluate(mergePolicies(selectPoliciesInTenancy(policies, { partition, namespace }), 'deny'), ask(question))
    .allowed;

describe('rules of Enterprise hold', () => {
  it.each<[string, string, string, string, string, boolean]>([
    [
      'where the policy is, outside of blocks',
      'service "a" { policy = "read" }',
      'default',
      'default',
      'service:read:a',
      true,
    ],
    ['not elsewhere', 'service "a" { policy = "read" }', 'default', 'team', 'service:read:a', false],
    [
      'in a namespace that is named',
      'namespace "team" { service "a" { policy = "read" } }',
      'default',
      'team',
      'service:read:a',
      true,
    ],
    [
      'in namespaces by prefix',
      'namespace_prefix "" { service "a" { policy = "read" } }',
      'default',
      'team',
      'service:read:a',
      true,
    ],
    [
      'by the closest block alone',
      'namespace_prefix "" { service "a" { policy = "read" } } namespace "team" { key "k" { policy = "read" } }',
      'default',
      'team',
      'service:read:a',
      false,
    ],
    ['in a partition that is named', 'partition "p" { mesh = "write" }', 'p', 'default', 'mesh:write', true],
    [
      'in the default namespace of a partition',
      'partition "p" { service "a" { policy = "read" } }',
      'p',
      'team',
      'service:read:a',
      false,
    ],
    [
      'in a namespace of a partition',
      'partition_prefix "" { namespace_prefix "t" { service_prefix "" { policy = "read" } } }',
      'p',
      'team',
      'service:read:*',
      true,
    ],
    [
      'in a partition as a whole, whatever the namespace',
      'mesh = "read" node_prefix "" { policy = "read" }',
      'default',
      'team',
      'node:read:*',
      true,
    ],
  ])('%s', (_, rules, partition, namespace, question, expected) => {
    expect(allowed([policyOf(rules)], partition, namespace, question)).toBe(expected);
  });

  it('where a policy of another namespace is kept', () => {
    const policy = policyOf('service "a" { policy = "read" }', { namespace: 'team' });
    expect(allowed([policy], 'default', 'team', 'service:read:a')).toBe(true);
    expect(allowed([policy], 'default', 'default', 'service:read:a')).toBe(false);
  });
});

it('CE ignores blocks of tenants, whatever is in them', () => {
  expect(parseRules('partition "p" { mesh = [1] } namespace "n" { service "a" { } }')).toEqual({
    ok: true,
    value: [],
  });
  expect(parseRules('namespace "n" { service "a" { } }', { enterprise: true }).ok).toBe(false);
});
