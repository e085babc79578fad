import { z } from 'zod';
import type { AclPolicy, AclRole, AclToken } from '../consul/wire';
import { evaluate } from './evaluate';
import { readExpiry } from './inspect-token';
import { type GatewayGrant, gatewayNeed } from './needs';
import type { DefaultPolicy } from './rights';
import { type ParsedRules, parseRules } from './rules';
import { anonymousAccessorId, rightsOfToken, type TokenRightsResult } from './token';
import type { Tenancy } from './tenancy';
import { omitUndefined } from '../omit-undefined';

const Candidate = z
  .object({
    accessor: z.string(),
    description: z.string(),
    /** Names of its roles: for a token that a login creates, clusters.yml names a role instead. */
    roles: z.array(z.string()).readonly(),
    authMethod: z.string(),
    /** Number of its rules: the fewer, the likelier it is a gateway's own. */
    rules: z.number(),
    /** A rule names the gateway itself. */
    names: z.boolean(),
  })
  .readonly();
export interface Candidate extends z.infer<typeof Candidate> {}

export const GatewayCandidates = z.object({
  gateway: z.string(),
  /** Tokens that grant all that the gateway needs, the likeliest first. */
  candidates: z.array(Candidate).readonly(),
  /** Number of tokens that were searched, without management tokens and the anonymous one. */
  searched: z.number(),
  management: z.number(),
  /** Tokens whose rules cannot be read. */
  unreadable: z.number(),
  /** Number of searched tokens that grant each need, by `GatewayGrant`. */
  granting: z.record(z.string(), z.number()).readonly(),
});
export interface GatewayCandidates extends Readonly<z.infer<typeof GatewayCandidates>> {}

export interface CandidateSearch {
  readonly tokens: readonly AclToken[];
  readonly roles: readonly AclRole[];
  /** With their rules. */
  readonly policies: readonly AclPolicy[];
  readonly datacenter: string;
  readonly defaultPolicy: DefaultPolicy;
  /** Enterprise: the partition and namespace of the gateways. */
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

const byLikelihood = (a: Candidate, b: Candidate): number =>
  Number(b.names) - Number(a.names) || a.rules - b.rules || (a.accessor < b.accessor ? -1 : 1);

/** Returns a key that is equal for tokens with equal links and identities, which grant the same. */
const keyOf = ({ Policies, Roles, ...token }: AclToken): string =>
  JSON.stringify([
    Policies.map((link) => link.ID),
    Roles.map((link) => link.ID),
    token.ServiceIdentities,
    token.NodeIdentities,
    token.TemplatedPolicies,
  ]);

/** Relevant facts of one token, small enough to hold thousands. */
interface TokenSummary {
  readonly kind: 'plain' | 'management' | 'unreadable';
  /** The grants that it holds, by gateway. */
  readonly granted: readonly (readonly GatewayGrant[])[];
  /** True if a rule names the gateway, by gateway. */
  readonly names: readonly boolean[];
  readonly rules: number;
}

const summarize = (
  result: TokenRightsResult,
  gateways: readonly string[],
  grants: readonly GatewayGrant[],
): TokenSummary => {
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
 * Finds the tokens that grant a gateway all that it needs, where clusters.yml names none. Parses each policy once, and
 * evaluates tokens with equal links once.
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
    ...omitUndefined({ tenancy: search.tenancy }),
    policy: (id: string) => policies.get(id),
    role: (id: string) => roles.get(id),
    parse: createCachingParser(),
  };
  const known = new Map<string, TokenSummary>();
  const summaries = search.tokens
    .filter(
      (token) =>
        token.AccessorID !== anonymousAccessorId && readExpiry(token, search.atMs).state !== 'expired',
    )
    .map((token) => {
      const key = keyOf(token);
      const summary = known.get(key) ?? summarize(rightsOfToken(token, source), gateways, grants);
      known.set(key, summary);
      return { token, summary };
    });
  const count = (kind: TokenSummary['kind']): number =>
    summaries.filter(({ summary }) => summary.kind === kind).length;
  const plain = summaries.filter(({ summary }) => summary.kind === 'plain');

  return gateways.map((gateway, index) => ({
    gateway,
    candidates: plain
      .filter(({ summary }) => summary.granted[index]?.length === grants.length)
      .map(({ token, summary }) => ({
        accessor: token.AccessorID,
        description: token.Description,
        roles: token.Roles.map((role) => role.Name),
        authMethod: token.AuthMethod,
        rules: summary.rules,
        names: summary.names[index] === true,
      }))
      .sort(byLikelihood),
    searched: plain.length,
    management: count('management'),
    unreadable: count('unreadable'),
    granting: Object.fromEntries(
      grants.map((grant) => [
        grant,
        plain.filter(({ summary }) => summary.granted[index]?.includes(grant)).length,
      ]),
    ),
  }));
};
