import type { Failure, Success } from '../result';

export const consulErrorKinds = [
  'forbidden',
  'filtered',
  'unreachable',
  'timeout',
  'not-found',
  'rate-limited',
  'too-large',
  'malformed',
  'server',
] as const;
export type ConsulErrorKind = (typeof consulErrorKinds)[number];

/** Cause of a failure, where the kind alone does not tell it. Each cause belongs to one kind, except `bad-name`. */
export const consulErrorCauses = [
  /** `forbidden`: no token was sent, and the anonymous token lacks the permission. */
  'anonymous',
  /** `forbidden`: the token exists and lacks a rule. */
  'permission-denied',
  /** `forbidden`: Consul knows no such token. */
  'token-unknown',
  /** `forbidden`: `http_config.block_endpoints` of the agent. */
  'endpoint-blocked',
  /** `forbidden`: the peering token was used or replaced. */
  'peering-token-spent',
  /** `server`: ACLs are disabled. */
  'acl-disabled',
  /** `server`: `peering { enabled = false }`. */
  'peering-disabled',
  /** `server`: `connect { enabled = false }`. */
  'mesh-disabled',
  /** `server`: the servers have no leader, also after retries. */
  'no-leader',
  /** `server`: this client agent knows no server. */
  'no-servers',
  /** `server`: the requested datacenter is not known or not connected. */
  'no-datacenter',
  /** `server`: partitions, namespaces and the like, requested from Consul CE. */
  'enterprise-only',
  /** `server`: this version knows no config entry of that kind. */
  'kind-unknown',
  /** `server`: the filter names a field that this version does not know. */
  'filter-refused',
  /** `not-found`: this version has no such endpoint. */
  'endpoint-unknown',
  /** `not-found`: an id that is not a whole UUID. `malformed`: a name that no path can carry; nothing was sent. */
  'bad-name',
  /** `malformed`: a redirect, which is never followed. */
  'redirect',
  /** `unreachable`: nothing was sent, so that no secret travels in the clear. */
  'plain-http',
  /** `unreachable`: certificates do not fit, or the other side speaks no TLS or expects it. */
  'tls',
  /** `unreachable`: the connection was refused; nothing was sent. */
  'refused',
  /** `unreachable`: the host name does not resolve; nothing was sent. */
  'dns',
  /** `timeout`: the caller's signal ended it. */
  'cancelled',
] as const;
export type ConsulErrorCause = (typeof consulErrorCauses)[number];

/** A failure that was expected to be possible. Plain data: no cause chain, no request, no headers, no token. */
export interface ConsulError {
  readonly kind: ConsulErrorKind;
  readonly cause?: ConsulErrorCause | undefined;
  /** Path of the request with its query, without the host: `/v1/catalog/services?filter=…`. */
  readonly endpoint: string;
  /** HTTP status, if there was an answer. */
  readonly status?: number | undefined;
  /** One sentence: what happened, what was expected, what to do next. Without secrets; may hold hostile text. */
  readonly message: string;
}

export interface AnswerMeta {
  readonly endpoint: string;
  /** `X-Consul-Results-Filtered-By-ACLs: true`: rows were left out. Never set for the anonymous token. */
  readonly filteredByAcls: boolean;
  /** `X-Consul-Default-ACL-Policy` of the answering agent. */
  readonly defaultAclPolicy?: 'allow' | 'deny' | undefined;
  /** The server's own clock (ms since the epoch, from its `Date` header), to compare heartbeats against. */
  readonly dateMs?: number | undefined;
  /** Round trip in ms. */
  readonly tookMs: number;
  /** Size of the body in bytes, decompressed. */
  readonly bytes: number;
}

/** A `Result` whose success also says how it was answered. */
export type Answer<T> = (Success<T> & { readonly meta: AnswerMeta }) | Failure<ConsulError>;
