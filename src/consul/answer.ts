/** What every read of a cluster gives: the value, or the one union of expected failures. Nothing here throws. */

export type ConsulErrorKind =
  | 'forbidden'
  | 'filtered'
  | 'unreachable'
  | 'timeout'
  | 'not-found'
  | 'rate-limited'
  | 'too-large'
  | 'malformed'
  | 'server';

/** A failure that was expected to be possible. Plain data: no cause chain, no request, no headers, no token. */
export interface ConsulError {
  readonly kind: ConsulErrorKind;
  /** The path asked, with its query but without host: `/v1/catalog/services?filter=…`. */
  readonly endpoint: string;
  /** HTTP status where there was an answer. */
  readonly status?: number;
  /** One sentence: what happened, what was expected, what to do next. Without secrets; may hold hostile text. */
  readonly message: string;
}

export interface AnswerMeta {
  readonly endpoint: string;
  /** `X-Consul-Results-Filtered-By-ACLs: true`: rows were left out. Never set for the anonymous token. */
  readonly filteredByAcls: boolean;
  /** The server's own clock (ms since the epoch, from its `Date` header), to compare heartbeats against. */
  readonly dateMs?: number;
  /** Round trip in ms. */
  readonly tookMs: number;
  /** Size of the body in bytes, decompressed. */
  readonly bytes: number;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly meta: AnswerMeta }
  | { readonly ok: false; readonly error: ConsulError };
