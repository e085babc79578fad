import type { AclPolicy, AclRole, AclToken } from '../consul/wire';
import { evaluate } from './evaluate';
import { expiryOf } from './inspect';
import { type GatewayGrant, gatewayNeed } from './needs';
import type { DefaultPolicy } from './rights';
import { type ParsedRules, parseRules } from './rules';
import { anonymousAccessor, rightsOfToken, type TokenRights } from './token';
import type { Tenancy } from './tenancy';

/** Which tokens of a cluster could be those of its mesh gateways, where nobody has said. */

export interface Candidate {
  readonly accessor: string;
  readonly description: string;
  /** By name: for tokens that come and go with logins, the role is what to name. */
  readonly roles: readonly string[];
  readonly authMethod: string;
  /** How many rules it has in all: few are more likely a gateway's own. */
  readonly rules: number;
  /** A rule names the gateway itself. */
  readonly names: boolean;
}

export interface GatewayCandidates {
  readonly gateway: string;
  /** Tokens that grant all that the gateway needs, the likeliest first. */
  readonly candidates: readonly Candidate[];
  /** How many tokens there were to look at, management tokens and the anonymous one left out. */
  readonly searched: number;
  readonly management: number;
  /** Tokens whose rules cannot be read. */
  readonly unreadable: number;
  /** How many of the searched grant each single need. */
  readonly granting: Readonly<Partial<Record<GatewayGrant, number>>>;
}

export interface CandidateSearch {
  readonly tokens: readonly AclToken[];
  readonly roles: readonly AclRole[];
  /** With their rules. */
  readonly policies: readonly AclPolicy[];
  readonly datacenter: string;
  readonly defaultPolicy: DefaultPolicy;
  /** Enterprise: where the gateways are. */
  readonly tenancy?: Tenancy;
  /** The cluster's time, in ms since the epoch: expired tokens are passed over. */
  readonly atMs: number;
}

/** The same text is parsed once; the options are the same for all. */
const rememberingParse = (): typeof parseRules => {
  const known = new Map<string, ParsedRules>();
  return (rules, options) => {
    const parsed = known.get(rules) ?? parseRules(rules, options);
    known.set(rules, parsed);
    return parsed;
  };
};

const byLikelihood = (a: Candidate, b: Candidate): number =>
  Number(b.names) - Number(a.names) || a.rules - b.rules || (a.accessor < b.accessor ? -1 : 1);

/** Whether links and identities are the same, so that two tokens grant the same. */
const sameness = ({ Policies, Roles, ...token }: AclToken): string =>
  JSON.stringify([
    Policies.map((link) => link.ID),
    Roles.map((link) => link.ID),
    token.ServiceIdentities,
    token.NodeIdentities,
    token.TemplatedPolicies,
  ]);

/**
 * Looks through all tokens for those that grant a gateway all that it needs. Policies are parsed once, and tokens
 * that are linked to the same are put together once.
 */
export const findCandidates = (
  search: CandidateSearch,
  gateways: readonly string[],
  grants: readonly GatewayGrant[],
): readonly GatewayCandidates[] => {
  const policies = new Map(search.policies.map((policy) => [policy.ID, policy]));
  const roles = new Map(search.roles.map((role) => [role.ID, role]));
  const source = {
    datacenter: search.datacenter,
    defaultPolicy: search.defaultPolicy,
    ...(search.tenancy ? { tenancy: search.tenancy } : {}),
    policy: (id: string) => policies.get(id),
    role: (id: string) => roles.get(id),
    parse: rememberingParse(),
  };
  const known = new Map<string, TokenRights>();
  const judged = search.tokens
    .filter(
      (token) => token.AccessorID !== anonymousAccessor && expiryOf(token, search.atMs).state !== 'expired',
    )
    .map((token) => {
      const key = sameness(token);
      const result = known.get(key) ?? rightsOfToken(token, source);
      known.set(key, result);
      return { token, result };
    });
  const readable = judged.flatMap(({ token, result }) => (result.ok ? [{ token, result }] : []));
  const plain = readable.filter(({ result }) => !result.isManagement);

  return gateways.map((gateway) => {
    const rows = plain.map(({ token, result }) => {
      const granted = grants.filter(
        (grant) => evaluate(result.rights, gatewayNeed(gateway, grant).question).allowed,
      );
      return { token, result, granted };
    });
    const candidates = rows
      .filter(({ granted }) => granted.length === grants.length)
      .map(({ token, result }) => ({
        accessor: token.AccessorID,
        description: token.Description,
        roles: token.Roles.map((role) => role.Name),
        authMethod: token.AuthMethod,
        rules: result.policies.reduce((sum, policy) => sum + policy.rules.length, 0),
        names: result.rights.named.get('service')?.exact.has(gateway) === true,
      }))
      .sort(byLikelihood);
    return {
      gateway,
      candidates,
      searched: plain.length,
      management: readable.length - plain.length,
      unreadable: judged.length - readable.length,
      granting: Object.fromEntries(
        grants.map((grant) => [grant, rows.filter(({ granted }) => granted.includes(grant)).length]),
      ),
    };
  });
};
