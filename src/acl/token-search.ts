import type { AclPolicy, AclRole, AclToken } from '../consul/wire';
import { omitUndefined } from '../omit-undefined';
import { readExpiry } from './inspect-token';
import type { DefaultPolicy } from './rights';
import { type ParsedRules, parseRules } from './rules';
import type { Tenancy } from './tenancy';
import { rightsOfToken, type TokenRightsResult } from './token';

/** All tokens of a cluster, with what their links lead to. */
export interface TokenSearch {
  readonly tokens: readonly AclToken[];
  readonly roles: readonly AclRole[];
  /** With their rules. */
  readonly policies: readonly AclPolicy[];
  readonly datacenter: string;
  readonly defaultPolicy: DefaultPolicy;
  /** Enterprise: the partition and namespace that the rights apply in. */
  readonly tenancy?: Tenancy;
  /** Time of the cluster, in ms since the epoch: expired tokens are skipped. */
  readonly atMs: number;
}

/** Returns a parser that parses equal texts once. The options must be equal for all. */
const createCachingParser = (): typeof parseRules => {
  const known = new Map<string, ParsedRules>();
  return (rules, options) => {
    const parsed = known.get(rules) ?? parseRules(rules, options);
    known.set(rules, parsed);
    return parsed;
  };
};

/** Returns a key that is equal for tokens with equal links and identities, which grant the same. */
const keyOf = ({ Policies, Roles, ...token }: AclToken): string =>
  JSON.stringify([
    Policies.map((link) => link.ID),
    Roles.map((link) => link.ID),
    token.ServiceIdentities,
    token.NodeIdentities,
    token.TemplatedPolicies,
  ]);

/**
 * Derives a value from the rights of each token that has not expired. Parses each policy once, and derives the value once
 * for tokens with equal links.
 */
export const searchTokens = <T>(
  search: TokenSearch,
  derive: (rights: TokenRightsResult) => T,
): readonly { readonly token: AclToken; readonly derived: T }[] => {
  const policies = new Map(search.policies.map((policy) => [policy.ID, policy]));
  const roles = new Map(search.roles.map((role) => [role.ID, role]));
  const source = {
    datacenter: search.datacenter,
    defaultPolicy: search.defaultPolicy,
    ...omitUndefined({ tenancy: search.tenancy }),
    policy: (id: string) => policies.get(id),
    role: (id: string) => roles.get(id),
    parse: createCachingParser(),
  };
  const known = new Map<string, { readonly derived: T }>();
  return search.tokens
    .filter((token) => readExpiry(token, search.atMs).state !== 'expired')
    .map((token) => {
      const key = keyOf(token);
      const { derived } = known.get(key) ?? { derived: derive(rightsOfToken(token, source)) };
      known.set(key, { derived });
      return { token, derived };
    });
};
