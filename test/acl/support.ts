import type { AclQuestion } from '../../src/acl/evaluate';
import { type DefaultPolicy, type ParsedPolicy, type Rights, mergePolicies } from '../../src/acl/rights';
import { parseRules } from '../../src/acl/rules';
import type { AclPolicy, AclRole, AclToken } from '../../src/consul/wire';

/** Policies with these rules, named `p0`, `p1`, … @throws where one does not parse */
export const policiesOf = (...texts: readonly string[]): ParsedPolicy[] =>
  texts.map((text, index) => {
    const parsed = parseRules(text);
    if (!parsed.ok) throw new Error(parsed.error.message);
    return { id: `p${index}`, name: `p${index}`, rules: parsed.value };
  });

export const rights = (defaultPolicy: DefaultPolicy, ...texts: readonly string[]): Rights =>
  mergePolicies(policiesOf(...texts), defaultPolicy);

/** `service:read:web` as a question; `service:read:web*` about all names with that prefix, but for `intention:…:*`. */
export const ask = (text: string): AclQuestion => {
  const [resource, access, segment = ''] = text.split(':');
  const all = segment.endsWith('*') && resource !== 'intention';
  return { resource, access, segment: all ? segment.slice(0, -1) : segment, all } as AclQuestion;
};

export const policy = (name: string, rules: string, over: Partial<AclPolicy> = {}): AclPolicy => ({
  ID: `id-${name}`,
  Name: name,
  Description: '',
  Rules: rules,
  Datacenters: [],
  ...over,
});

const holder = { Policies: [], ServiceIdentities: [], NodeIdentities: [], TemplatedPolicies: [] };

export const role = (name: string, over: Partial<AclRole> = {}): AclRole => ({
  ID: `role-${name}`,
  Name: name,
  Description: '',
  ...holder,
  ...over,
});

export const token = (accessor: string, over: Partial<AclToken> = {}): AclToken => ({
  AccessorID: accessor,
  Description: '',
  Roles: [],
  Local: false,
  AuthMethod: '',
  ...holder,
  ...over,
});

/** Links to policies or roles by what `policy` and `role` give. */
export const linksTo = (...targets: readonly { readonly ID: string; readonly Name: string }[]) =>
  targets.map(({ ID, Name }) => ({ ID, Name }));
