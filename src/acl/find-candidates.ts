import type { AclPolicy, AclRole, AclToken } from '../consul/wire';
import { evaluate } from './evaluate';
import { readExpiry } from './inspect-token';
import { type GatewayGrant, gatewayNeed } from './needs';
import type { DefaultPolicy } from './rights';
import { type ParsedRules, parseRules } from './rules';
import { anonymousAccessorId, rightsOfToken, type TokenRightsResult } from './token';
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

/** What matters of one token: small enough to be kept for thousands. */
interface Verdict {
  readonly kind: 'plain' | 'management' | 'unreadable';
  /** Which grants it holds, for each gateway asked about. */
  readonly granted: readonly (readonly GatewayGrant[])[];
  /** Whether a rule names the gateway, for each. */
  readonly names: readonly boolean[];
  readonly rules: number;
}

const verdictOf = (
  result: TokenRightsResult,
  gateways: readonly string[],
  grants: readonly GatewayGrant[],
): Verdict => {
  if (!result.ok) return { kind: 'unreadable', granted: [], names: [], rules: 0 };
  if (result.value.isManagement) return { kind: 'management', granted: [], names: [], rules: 0 };
  const { rights, policies } = result.value;
  return {
    kind: 'plain',
    granted: gateways.map((gateway) =>
      grants.filter((grant) => evaluate(rights, gatewayNeed(gateway, grant).question).allowed),
    ),
    names: gateways.map((gateway) => rights.named.get('service')?.exact.has(gateway) === true),
    rules: policies.reduce((sum, policy) => sum + policy.rules.length, 0),
  };
};

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
  const known = new Map<string, Verdict>();
  const judged = search.tokens
    .filter(
      (token) =>
        token.AccessorID !== anonymousAccessorId && readExpiry(token, search.atMs).state !== 'expired',
    )
    .map((token) => {
      const key = sameness(token);
      const verdict = known.get(key) ?? verdictOf(rightsOfToken(token, source), gateways, grants);
      known.set(key, verdict);
      return { token, verdict };
    });
  const count = (kind: Verdict['kind']): number =>
    judged.filter(({ verdict }) => verdict.kind === kind).length;
  const plain = judged.filter(({ verdict }) => verdict.kind === 'plain');

  return gateways.map((gateway, index) => ({
    gateway,
    candidates: plain
      .filter(({ verdict }) => verdict.granted[index]?.length === grants.length)
      .map(({ token, verdict }) => ({
        accessor: token.AccessorID,
        description: token.Description,
        roles: token.Roles.map((role) => role.Name),
        authMethod: token.AuthMethod,
        rules: verdict.rules,
        names: verdict.names[index] === true,
      }))
      .sort(byLikelihood),
    searched: plain.length,
    management: count('management'),
    unreadable: count('unreadable'),
    granting: Object.fromEntries(
      grants.map((grant) => [
        grant,
        plain.filter(({ verdict }) => verdict.granted[index]?.includes(grant)).length,
      ]),
    ),
  }));
};
