import fc from 'fast-check';
import { type Access, type AclQuestion, type Resource, resources } from '../../src/acl/evaluate';

/** Random tokens for the comparison with a real Consul: what they are made of, and what is asked of them. */

export interface RuleSpec {
  readonly resource: Resource;
  readonly prefix: boolean;
  readonly segment: string;
  readonly level: string;
  readonly intentions: string;
}

export interface PolicySpec {
  readonly rules: readonly RuleSpec[];
  /** Notation of the rules. */
  readonly style: 'hcl' | 'one-line' | 'crlf' | 'commented' | 'assigned' | 'json' | 'json-lists';
  /** Random damage done to the text; Consul may refuse it then, and so must the parser. */
  readonly damage: readonly { readonly at: number; readonly remove: number; readonly insert: string }[];
  readonly datacenters: readonly string[];
}

interface IdentitySpec {
  readonly name: string;
  readonly datacenters: readonly string[];
}

export interface TemplateSpec extends IdentitySpec {
  readonly template: string;
}

export interface HolderSpec {
  readonly policies: readonly PolicySpec[];
  readonly services: readonly IdentitySpec[];
  readonly nodes: readonly IdentitySpec[];
  readonly templates: readonly TemplateSpec[];
}

export interface TokenSpec extends HolderSpec {
  readonly management: 'none' | 'global-management' | 'builtin/global-read-only';
  readonly roles: readonly HolderSpec[];
  readonly questions: readonly AclQuestion[];
}

/** Few names that are prefixes of each other, so that rules meet. */
export const segments = [
  '',
  'a',
  'ab',
  'abc',
  'b',
  'web',
  'web-1',
  'web-1-sidecar-proxy',
  'Q',
  'é',
  'a/b',
  '*',
];

/** Names for identities, to which the runner adds what keeps them apart from those of other tokens. */
const identities = ['web', 'api', 'a'];

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const datacenters = fc.oneof(
  { weight: 6, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.subarray(['dc1', 'dc2'], { minLength: 1 }) },
);

const levels = (resource: Resource) =>
  fc.oneof(
    { weight: 20, arbitrary: oneOf('deny', 'read', 'write', resource === 'key' ? 'list' : 'read') },
    { weight: 1, arbitrary: oneOf('Deny', 'Read', 'WRITE') },
  );

const whole = new Set<Resource>(['acl', 'keyring', 'mesh', 'operator', 'peering']);
const inRules = resources.filter((resource) => resource !== 'intention');

/** Most rules and questions are about few names, so that they meet. */
const segment = fc.oneof(
  { weight: 1, arbitrary: oneOf('', 'a', 'web') },
  { weight: 1, arbitrary: oneOf(...segments) },
);

const rule: fc.Arbitrary<RuleSpec> = fc
  .oneof(oneOf(...inRules), oneOf<Resource>('service', 'node', 'key'))
  .chain((resource) =>
    fc.record({
      resource: fc.constant(resource),
      prefix: whole.has(resource) ? fc.constant(false) : fc.boolean(),
      segment: whole.has(resource) ? fc.constant('') : segment,
      level: levels(resource),
      intentions: resource === 'service' ? oneOf('', '', 'deny', 'read', 'write', 'Read') : fc.constant(''),
    }),
  );

const marks = '{ } [ ] " = , : # \\ // /* */ ${ é'.split(' ');
const scraps = ['', '\n', '\t', '<<E\n', 'E\n', '<<-E\n', ' x ', '"x"', ...marks];
const words = [' 1 ', ' 1.5 ', ' true ', ' null ', 'policy', 'POLICY = "deny"', 'acl = '];

const damage = fc.record({
  at: fc.nat(400),
  remove: fc.nat(3),
  insert: oneOf(...scraps, ...words),
});

const policy: fc.Arbitrary<PolicySpec> = fc.record({
  rules: fc.array(rule, { maxLength: 6 }),
  style: oneOf<PolicySpec['style']>(
    ...(['hcl', 'one-line', 'crlf', 'commented', 'assigned', 'json', 'json-lists'] as const),
  ),
  damage: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(damage, { minLength: 1, maxLength: 2 }) },
  ),
  datacenters,
});

const identity = fc.record({ name: oneOf(...identities), datacenters });

/** Without `builtin/dns`, which must not meet them: see differential.ts. */
const template = fc.record({
  template: oneOf(
    'builtin/service',
    'builtin/node',
    'builtin/api-gateway',
    'builtin/nomad-server',
    'builtin/nomad-client',
  ),
  name: oneOf(...identities),
  datacenters,
});
const dns = fc.record({ template: fc.constant('builtin/dns'), name: fc.constant(''), datacenters });

const few = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<T[]>([]) },
    { weight: 1, arbitrary: fc.array(arbitrary, { maxLength }) },
  );

const holder = (templates: fc.Arbitrary<TemplateSpec>, maxPolicies: number) => ({
  policies: fc.array(policy, { maxLength: maxPolicies }),
  services: few(identity, 2),
  nodes: few(identity, 2),
  templates: few(templates, 2),
});

const accesses = (resource: Resource) =>
  resource === 'key' ? oneOf<Access>('read', 'list', 'write') : oneOf<Access>('read', 'write');

const name = fc
  .tuple(segment, oneOf('', '', 'c', '-x', '-sidecar-proxy'))
  .map(([segment, rest]) => segment + rest);

/** Of whole trees Consul can only be asked whether keys may be written. */
const question: fc.Arbitrary<AclQuestion> = fc
  .oneof(oneOf(...resources), oneOf<Resource>('service', 'intention', 'node', 'key'))
  .chain((resource) => fc.tuple(fc.constant(resource), accesses(resource)))
  .chain(([resource, access]) =>
    fc.record({
      resource: fc.constant(resource),
      access: fc.constant(access),
      segment: whole.has(resource) ? fc.constant('') : name,
      all: resource === 'key' && access === 'write' ? fc.boolean() : fc.constant(false),
    }),
  );

/** Without rules on services, which would change the built-in policies for everyone: see differential.ts. */
const withoutServices = <T extends HolderSpec>(holder: T): T => ({
  ...holder,
  services: [],
  templates: [],
  policies: holder.policies.map((spec) => ({
    ...spec,
    damage: [],
    rules: spec.rules.filter((found) => found.resource !== 'service'),
  })),
});

export const tokenSpec = (questions: number): fc.Arbitrary<TokenSpec> =>
  oneOf(template, dns)
    .chain((templates: fc.Arbitrary<TemplateSpec>) =>
      fc.record({
        ...holder(templates, 3),
        management: fc.oneof(
          { weight: 30, arbitrary: fc.constant('none' as const) },
          { weight: 1, arbitrary: oneOf('global-management' as const, 'builtin/global-read-only' as const) },
        ),
        roles: few(fc.record(holder(templates, 2)), 2),
        questions: fc.array(question, { minLength: questions, maxLength: questions }),
      }),
    )
    .map((spec) =>
      spec.management === 'none'
        ? spec
        : { ...withoutServices(spec), roles: spec.roles.map(withoutServices) },
    );

const hclRule = ({ resource, prefix, segment, level, intentions }: RuleSpec, between: string): string => {
  if (whole.has(resource)) return `${resource} = ${JSON.stringify(level)}`;
  const fields = [`policy = "${level}"`, ...(intentions === '' ? [] : [`intentions = "${intentions}"`])];
  const open = prefix ? `${resource}_prefix` : resource;
  return `${open} ${JSON.stringify(segment)} {${between}${fields.join(between)}${between}}`;
};

const jsonRules = (rules: readonly RuleSpec[], lists: boolean): string => {
  const byField = new Map<string, unknown[]>();
  for (const { resource, prefix, segment, level, intentions } of rules) {
    const field = prefix ? `${resource}_prefix` : resource;
    const body = { policy: level, ...(intentions === '' ? {} : { intentions }) };
    const value = whole.has(resource) ? level : { [segment]: lists ? [body] : body };
    byField.set(field, [...(byField.get(field) ?? []), value]);
  }
  const value = (field: string, found: unknown[]): unknown => {
    if (whole.has(field as Resource)) return found.at(-1);
    return lists || found.length > 1 ? found : found[0];
  };
  return JSON.stringify(
    Object.fromEntries([...byField].map(([field, found]) => [field, value(field, found)])),
  );
};

/** The text of a policy. */
export const rulesText = ({ rules, style, damage }: PolicySpec): string => {
  const plain = (): string => {
    if (style === 'json' || style === 'json-lists') return jsonRules(rules, style === 'json-lists');
    if (style === 'one-line') return rules.map((spec) => hclRule(spec, ' ')).join(' ');
    if (style === 'crlf') return rules.map((spec) => hclRule(spec, '\r\n')).join('\r\n');
    if (style === 'assigned')
      return rules.map((spec) => hclRule(spec, ', ').replace('{, ', '{ ')).join(',\n');
    if (style === 'commented') {
      const heredoc = 'note = <<-EOF\nEOF\n"{\n EOF\n';
      return heredoc + rules.map((spec) => `/* } */ ${hclRule(spec, ' # "\n')} // {\n`).join('# é\n');
    }
    return rules.map((spec) => hclRule(spec, '\n  ')).join('\n');
  };
  return damage.reduce((text, { at, remove, insert }) => {
    const from = at % (text.length + 1);
    return text.slice(0, from) + insert + text.slice(from + remove);
  }, plain());
};
