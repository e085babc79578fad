import { visible } from './escape';
import { count, duration, few } from './words';

/**
 * Why a request did not lead to a report, in one line with what to do next. One text for Slack and the terminal;
 * what is quoted in it may come from outside, and each renderer escapes the whole.
 */

/** Why a cluster could not be read: the kinds of failure of a read, by their names. */
type ReadFailure =
  | 'forbidden'
  | 'filtered'
  | 'unreachable'
  | 'timeout'
  | 'not-found'
  | 'rate-limited'
  | 'too-large'
  | 'malformed'
  | 'server';

export type RequestFailure =
  /** `message`: one sentence of the client's, what happened where. */
  | {
      readonly kind: 'cannot-read';
      readonly cluster: string;
      readonly cause: ReadFailure;
      readonly message: string;
    }
  | {
      readonly kind: 'unknown-cluster';
      readonly cluster: string;
      readonly nearest: string | undefined;
      readonly known: readonly string[];
    }
  | { readonly kind: 'unknown-command'; readonly command: string; readonly nearest: string | undefined }
  | { readonly kind: 'usage'; readonly problem: string; readonly usage: string }
  | { readonly kind: 'queue-down' }
  | { readonly kind: 'not-allowed'; readonly command: string; readonly cluster: string | null }
  | { readonly kind: 'other-team' }
  | { readonly kind: 'too-many'; readonly perMinute: number; readonly retryMs: number }
  | { readonly kind: 'joined'; readonly cluster: string }
  | { readonly kind: 'run-gone'; readonly cluster: string }
  /** No modal could be opened: to fill this command in; null: by a click. */
  | { readonly kind: 'no-modal'; readonly command: string | null }
  /** `cluster`: without a token to write with; null: no requests for peering tokens are taken at all. */
  | { readonly kind: 'not-set-up'; readonly cluster: string | null }
  /** Nothing is written to an audit trail here. */
  | { readonly kind: 'no-trail' }
  /** Redis did not answer, so what it keeps could not be read. */
  | { readonly kind: 'store-down'; readonly what: string }
  /** A bug: the request id leads to the log. */
  | { readonly kind: 'unexpected'; readonly requestId: string };

/** The client's message says what to do; running again helps only where the cause can pass by itself. */
const passing: ReadonlySet<ReadFailure> = new Set(['unreachable', 'timeout', 'rate-limited', 'server']);

export interface RequestFailureWords {
  readonly icon: string;
  /** What is the case. Names are in double quotes. */
  readonly what: string;
  /** What to try; empty where the first part says it. */
  readonly next: string;
}

const quoted = (name: string): string => `"${name}"`;

type Words = {
  readonly [K in RequestFailure['kind']]: (
    failure: Extract<RequestFailure, { kind: K }>,
  ) => RequestFailureWords;
};

const words: Words = {
  'cannot-read': ({ cluster, cause, message }) => ({
    icon: '⚪',
    what: `${quoted(cluster)} could not be read: ${message}`,
    next: passing.has(cause) ? 'run it again when that has passed' : '',
  }),
  'unknown-cluster': ({ cluster, nearest, known }) => ({
    icon: '❔',
    what: `no cluster ${quoted(cluster)} is configured`,
    next:
      nearest !== undefined
        ? `did you mean ${quoted(nearest)}?`
        : known.length > 0
          ? `known: ${few(known, 5, quoted)}`
          : 'add one to clusters.yml',
  }),
  'unknown-command': ({ command, nearest }) => ({
    icon: '❔',
    what: `there is no command ${quoted(command)}`,
    next:
      nearest === undefined
        ? '"/peering help" lists them'
        : `did you mean ${quoted(nearest)}? "/peering help" lists all`,
  }),
  usage: ({ problem, usage }) => ({ icon: '❔', what: problem, next: `usage: ${quoted(usage)}` }),
  'queue-down': () => ({
    icon: '⛔',
    what: 'the request could not be queued: Redis does not answer',
    next: 'nothing was started; try again in a minute',
  }),
  'not-allowed': ({ command, cluster }) => ({
    icon: '⛔',
    what: `you may not use ${quoted(command)}${cluster === null ? '' : ` on ${quoted(cluster)}`} here`,
    next: 'who may is set under "access" in clusters.yml',
  }),
  'other-team': () => ({
    icon: '⛔',
    what: 'this bot answers only members of its own workspace',
    next: 'ask one of them to run the command',
  }),
  'too-many': ({ perMinute, retryMs }) => ({
    icon: '⏱️',
    what: `more than ${count(perMinute, 'command')} in a minute`,
    next: `try again in ${duration(retryMs)}`,
  }),
  joined: ({ cluster }) => ({
    icon: '⏳',
    what: `a check of ${quoted(cluster)} is already running in this channel`,
    next: 'your request joined it, and its answer is yours too',
  }),
  'run-gone': ({ cluster }) => ({
    icon: '❔',
    what: `this run of ${quoted(cluster)} is no longer kept`,
    next: 'run the check again to see its details',
  }),
  'no-modal': ({ command }) => ({
    icon: '⛔',
    what: 'the modal could not be opened in time',
    next:
      command === null
        ? 'click again'
        : `give the command again, or with its words: "/peering help" has those of ${quoted(command)}`,
  }),
  'not-set-up': ({ cluster }) =>
    cluster === null
      ? {
          icon: '⛔',
          what: 'requests for peering tokens are not set up',
          next: 'they need "approvals" and a "peering_token" in clusters.yml, and PEERING_SIGNING_KEY',
        }
      : {
          icon: '⛔',
          what: `peering tokens are not set up for ${quoted(cluster)}`,
          next: 'it needs "peering_token" in clusters.yml',
        },
  'no-trail': () => ({
    icon: '⛔',
    what: 'no audit trail is kept',
    next: 'it needs PEERING_SIGNING_KEY; until then the log has the entries',
  }),
  'store-down': ({ what }) => ({
    icon: '⛔',
    what: `${what} could not be read: Redis does not answer`,
    next: 'try again in a minute',
  }),
  unexpected: ({ requestId }) => ({
    icon: '⛔',
    what: 'the bot failed on this request: a fault of its own',
    next: `the log has it under request ${quoted(requestId)}`,
  }),
};

/** The line for a failure. */
export const failureWords = (failure: RequestFailure): RequestFailureWords =>
  (words[failure.kind] as (one: RequestFailure) => RequestFailureWords)(failure);

/** The same as one line for a terminal, without its icon. */
export const renderFailureText = (failure: RequestFailure): string => {
  const { what, next } = failureWords(failure);
  return visible(next === '' ? what : `${what}; ${next}`);
};
