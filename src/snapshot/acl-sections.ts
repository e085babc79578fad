import { z } from 'zod';
import { AclQuestion } from '../acl/evaluate';
import { GatewayCandidates } from '../acl/find-candidates';
import { RoutedGatewayTokens } from '../acl/find-gateway-tokens';
import { ExpandedToken } from '../consul/wire';

/** The sections of a snapshot that are about tokens. None of them holds a secret: `SecretID` is never read. */

/** A token that clusters.yml names for a mesh gateway, as the cluster knows it. */
export const GatewayToken = z
  .object({
    /** The gateway's service name. */
    gateway: z.string(),
    by: z.enum(['accessor', 'role', 'policy']),
    /** The accessor id, or the name of the role or policy. */
    name: z.string(),
    /** Endpoint that it was read from. */
    endpoint: z.string(),
    /** With all its rules; for a role or policy, a token that holds nothing else. Absent if the cluster has no such token. */
    token: ExpandedToken.optional(),
  })
  .readonly();
export interface GatewayToken extends z.infer<typeof GatewayToken> {}

/** Tokens that could be those of gateways for which clusters.yml names none. */
export const TokenCandidates = z
  .object({
    endpoint: z.string(),
    /** One for each gateway service, with the likeliest candidates only. */
    gateways: z.array(GatewayCandidates.extend({ found: z.number() }).readonly()).readonly(),
  })
  .readonly();
export interface TokenCandidates extends z.infer<typeof TokenCandidates> {}

/** The tokens that could belong to sidecars and gateways: Consul does not tell which one a proxy uses. */
export const SidecarTokens = z
  .object({
    endpoint: z.string(),
    /** Services that a token may write, among those that sidecars in this snapshot stand for. */
    writable: z.array(z.string()).readonly(),
    /** Number of tokens that were searched, without management tokens. */
    searched: z.number(),
    management: z.number(),
    /** Tokens whose rules cannot be read. */
    unreadable: z.number(),
    /** Absent in snapshots of versions that did not search for them. */
    gateways: z.array(RoutedGatewayTokens).readonly().optional(),
  })
  .readonly();
export interface SidecarTokens extends z.infer<typeof SidecarTokens> {}

/** A right of the bot's own token, as `/v1/internal/acl/authorize` reports it. */
export const OwnRight = z.object({ question: AclQuestion, allowed: z.boolean() }).readonly();
export interface OwnRight extends z.infer<typeof OwnRight> {}
