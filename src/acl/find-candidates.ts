import { z } from 'zod';
import { evaluate } from './evaluate';
import { type GatewayGrant, gatewayNeed } from './needs';
import { anonymousAccessorId, type TokenRightsResult } from './token';
import { searchTokens, type TokenSearch } from './token-search';

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

const byLikelihood = (a: Candidate, b: Candidate): number =>
  Number(b.names) - Number(a.names) || a.rules - b.rules || (a.accessor < b.accessor ? -1 : 1);

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
 * Finds the tokens that grant a gateway all that it needs, where clusters.yml names none.
 */
export const findCandidates = (
  search: TokenSearch,
  gateways: readonly string[],
  grants: readonly GatewayGrant[],
): readonly GatewayCandidates[] => {
  const summaries = searchTokens(search, (rights) => summarize(rights, gateways, grants)).filter(
    ({ token }) => token.AccessorID !== anonymousAccessorId,
  );
  const count = (kind: TokenSummary['kind']): number =>
    summaries.filter(({ derived }) => derived.kind === kind).length;
  const plain = summaries.filter(({ derived }) => derived.kind === 'plain');

  return gateways.map((gateway, index) => ({
    gateway,
    candidates: plain
      .filter(({ derived }) => derived.granted[index]?.length === grants.length)
      .map(({ token, derived }) => ({
        accessor: token.AccessorID,
        description: token.Description,
        roles: token.Roles.map((role) => role.Name),
        authMethod: token.AuthMethod,
        rules: derived.rules,
        names: derived.names[index] === true,
      }))
      .sort(byLikelihood),
    searched: plain.length,
    management: count('management'),
    unreadable: count('unreadable'),
    granting: Object.fromEntries(
      grants.map((grant) => [
        grant,
        plain.filter(({ derived }) => derived.granted[index]?.includes(grant)).length,
      ]),
    ),
  }));
};
