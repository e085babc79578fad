import { showInvisible } from './escape';
import { count, duration, few } from './words';

/**
 * Words for requests that fail: one line with what happened and what to do next, the same in Slack and at a terminal.
 * Quoted names may come from outside, so each renderer escapes the whole line.
 */

/** Kinds of errors of reads from a cluster. */
type ReadFailure =
  | 'forbidden'
  | 'filtered'
  | 'unreachable'
  | 'timeout'
  | 'not-found'
  | 'rate-limited'
  | 'too-large'
  | 'malformed'
  | 'server'
  /** The process that read the cluster was stopped. */
  | 'out-of-memory'
  | 'deadline'
  | 'internal';

export type RequestFailure =
  /** `message`: a sentence from the Consul client, with the address and the cause. */
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
  /** `known`: the clusters that the reader may see. */
  | {
      readonly kind: 'no-cluster-matches';
      readonly pattern: string;
      readonly known: readonly string[];
      /** A similar pattern that matches some. */
      readonly nearest?: string | undefined;
    }
  | { readonly kind: 'unknown-command'; readonly command: string; readonly nearest: string | undefined }
  | { readonly kind: 'usage'; readonly problem: string; readonly usage: string }
  | { readonly kind: 'queue-down' }
  /** Redis did not confirm the job: it may run or not. */
  | { readonly kind: 'queue-unsure' }
  /** After `queue-unsure`: nothing was queued. */
  | { readonly kind: 'queue-lost' }
  | { readonly kind: 'not-allowed'; readonly command: string; readonly cluster: string | null }
  | { readonly kind: 'other-team' }
  | { readonly kind: 'too-many'; readonly perMinute: number; readonly retryMs: number }
  | { readonly kind: 'joined'; readonly cluster: string }
  | { readonly kind: 'run-gone'; readonly cluster: string }
  /** It shows other sides of peerings that the reader may not see. */
  | { readonly kind: 'run-hidden'; readonly cluster: string }
  /** `command`: the command whose form did not open; null after a click on a button. */
  | { readonly kind: 'no-modal'; readonly command: string | null }
  /** `cluster`: has no write token; null if peering token requests are not enabled at all. */
  | { readonly kind: 'not-set-up'; readonly cluster: string | null }
  | { readonly kind: 'no-trail' }
  /** The job ended without an answer: its workers died, or Redis lost it. */
  | { readonly kind: 'interrupted'; readonly requestId: string }
  /** Redis did not answer. */
  | { readonly kind: 'store-down'; readonly what: string }
  /** The job waited as long as jobs may. */
  | { readonly kind: 'expired'; readonly waitedFor: 'cluster' | 'services' }
  /** A bug; the log has the request id. */
  | { readonly kind: 'unexpected'; readonly requestId: string };

/** Errors that can pass by themselves. For the others, the client's message says what to do. */
const transient: ReadonlySet<ReadFailure> = new Set([
  'unreachable',
  'timeout',
  'rate-limited',
  'server',
  'deadline',
]);

export interface RequestFailureWords {
  readonly icon: string;
  /** The problem, with names in double quotes. */
  readonly what: string;
  /** The next step; empty if the problem already says it. */
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
    next: transient.has(cause) ? 'try again in a few minutes' : '',
  }),
  'unknown-cluster': ({ cluster, nearest, known }) => ({
    icon: '❔',
    what: `cluster ${quoted(cluster)} is not configured`,
    next:
      nearest !== undefined
        ? `did you mean ${quoted(nearest)}?`
        : known.length > 0
          ? `configured clusters: ${few(known, 5, quoted)}`
          : 'add it to clusters.yml',
  }),
  'no-cluster-matches': ({ pattern, known, nearest }) => ({
    icon: '❔',
    what:
      known.length === 0
        ? 'you have access to no cluster here'
        : `no cluster that you have access to matches ${quoted(pattern)}`,
    next:
      known.length === 0
        ? 'administrators grant access under "access" in clusters.yml'
        : nearest !== undefined
          ? `did you mean ${quoted(nearest)}?`
          : `clusters: ${few(known, 5, quoted)}`,
  }),
  'unknown-command': ({ command, nearest }) => ({
    icon: '❔',
    what: `${quoted(command)} is not a command`,
    next:
      nearest === undefined
        ? '"/peering help" lists all commands'
        : `did you mean ${quoted(nearest)}? "/peering help" lists all commands`,
  }),
  usage: ({ problem, usage }) => ({ icon: '❔', what: problem, next: `usage: ${quoted(usage)}` }),
  'queue-down': () => ({
    icon: '⛔',
    what: 'the request could not be queued: Redis does not answer',
    next: 'nothing was started; try again in a minute',
  }),
  'queue-unsure': () => ({
    icon: '⏳',
    what: 'the request is not confirmed: Redis has not answered yet',
    next: 'its answer follows if it was queued, and a note if it was not; if neither comes, send it again',
  }),
  'queue-lost': () => ({
    icon: '⛔',
    what: 'the unconfirmed request was not queued',
    next: 'nothing was started; send it again',
  }),
  'not-allowed': ({ command, cluster }) => ({
    icon: '⛔',
    what: `you are not allowed to use ${quoted(command)}${cluster === null ? '' : ` on ${quoted(cluster)}`} here`,
    next: 'administrators grant access under "access" in clusters.yml',
  }),
  'other-team': () => ({
    icon: '⛔',
    what: 'this bot only answers members of its own workspace',
    next: 'ask a member to run the command',
  }),
  'too-many': ({ perMinute, retryMs }) => ({
    icon: '⏱️',
    what: `you sent more than ${count(perMinute, 'command')} in a minute`,
    next: `try again in ${duration(retryMs)}`,
  }),
  joined: ({ cluster }) => ({
    icon: '⏳',
    what: `a check of ${quoted(cluster)} is already running in this channel`,
    next: 'its answer also answers your request',
  }),
  'run-gone': ({ cluster }) => ({
    icon: '❔',
    what: `this run of ${quoted(cluster)} is no longer stored`,
    next: 'run the check again to see current details',
  }),
  'run-hidden': ({ cluster }) => ({
    icon: '⛔',
    what: `this run of ${quoted(cluster)} also shows clusters that you do not have access to`,
    next: 'run the check again: it shows what you have access to',
  }),
  'no-modal': ({ command }) => ({
    icon: '⛔',
    what: 'the modal could not be opened in time',
    next:
      command === null
        ? 'click again'
        : `run the command again, or add its arguments: "/peering help" lists those of ${quoted(command)}`,
  }),
  'not-set-up': ({ cluster }) =>
    cluster === null
      ? {
          icon: '⛔',
          what: 'peering token requests are not set up',
          next: 'set "approvals" and a "peering_token" in clusters.yml, and PEERING_SIGNING_KEY',
        }
      : {
          icon: '⛔',
          what: `peering tokens are not set up for ${quoted(cluster)}`,
          next: 'set its "peering_token" in clusters.yml',
        },
  'no-trail': () => ({
    icon: '⛔',
    what: 'the audit trail is not enabled',
    next: 'set PEERING_SIGNING_KEY to enable it; until then, entries are only in the log',
  }),
  'store-down': ({ what }) => ({
    icon: '⛔',
    what: `${what} could not be read: Redis does not answer`,
    next: 'try again in a minute',
  }),
  interrupted: ({ requestId }) => ({
    icon: '⛔',
    what: `the request was interrupted and has no result (request id ${quoted(requestId)})`,
    next: 'send it again',
  }),
  expired: ({ waitedFor }) => ({
    icon: '⛔',
    what:
      waitedFor === 'cluster'
        ? 'the request waited too long for other requests that read the cluster; nothing was read'
        : 'the request could not be completed in time: Slack or Redis did not answer',
    next: 'send it again',
  }),
  unexpected: ({ requestId }) => ({
    icon: '⛔',
    what: `internal error (request id ${quoted(requestId)})`,
    next: 'the log of the bot has the details under this id',
  }),
};

/** Returns the words for a failure. */
export const failureWords = (failure: RequestFailure): RequestFailureWords =>
  (words[failure.kind] as (one: RequestFailure) => RequestFailureWords)(failure);

/** Renders a failure as one line for a terminal. */
export const renderFailureText = (failure: RequestFailure): string => {
  const { what, next } = failureWords(failure);
  return showInvisible(next === '' ? what : `${what}; ${next}`);
};
