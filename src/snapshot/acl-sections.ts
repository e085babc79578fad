import type { GatewayCandidates } from '../acl/find-candidates';
import type { AclQuestion } from '../acl/evaluate';
import type { ExpandedToken } from '../consul/wire';

/** The sections of a snapshot that are about tokens. None of them holds a secret: `SecretID` is never read. */

/** A token that clusters.yml names for a mesh gateway, as the cluster knows it. */
export interface GatewayToken {
  /** The gateway's service name. */
  readonly gateway: string;
  readonly by: 'accessor' | 'role' | 'policy';
  /** The accessor id, or the name of the role or policy. */
  readonly name: string;
  /** Where it was read. */
  readonly endpoint: string;
  /** With all its rules. For a role or policy: a token of nothing else. Absent where the cluster has none such. */
  readonly token?: ExpandedToken;
}

/** Tokens that would do for gateways for which clusters.yml names none. */
export interface TokenCandidates {
  readonly endpoint: string;
  /** One for each gateway service, with the likeliest candidates only. */
  readonly gateways: readonly (GatewayCandidates & { readonly found: number })[];
}

/** What the bot's own token may do, in Consul's own words (`/v1/internal/acl/authorize`). */
export interface OwnRight {
  readonly question: AclQuestion;
  readonly allowed: boolean;
}

export interface AclSections {
  /** Empty where clusters.yml names none, and where ACLs are disabled. */
  gatewayTokens: readonly GatewayToken[];
  /** Gathered where clusters.yml names no token at all. */
  tokenCandidates: TokenCandidates;
  /** Empty where ACLs are disabled. */
  ownRights: readonly OwnRight[];
}
