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
  /** Endpoint that it was read from. */
  readonly endpoint: string;
  /** With all its rules; for a role or policy, a token that holds nothing else. Absent if the cluster has no such token. */
  readonly token?: ExpandedToken;
}

/** Tokens that could be those of gateways for which clusters.yml names none. */
export interface TokenCandidates {
  readonly endpoint: string;
  /** One for each gateway service, with the likeliest candidates only. */
  readonly gateways: readonly (GatewayCandidates & { readonly found: number })[];
}

/** A right of the bot's own token, as `/v1/internal/acl/authorize` reports it. */
export interface OwnRight {
  readonly question: AclQuestion;
  readonly allowed: boolean;
}

export interface AclSections {
  /** Empty if clusters.yml names none, or if ACLs are disabled. */
  gatewayTokens: readonly GatewayToken[];
  /** Gathered only if clusters.yml names no gateway token. */
  tokenCandidates: TokenCandidates;
  /** Empty if ACLs are disabled. */
  ownRights: readonly OwnRight[];
}
