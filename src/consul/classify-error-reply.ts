import type { ConsulErrorCause, ConsulErrorKind } from './answer';

/** Meaning of an answer with an error status. */
export interface ErrorMeaning {
  readonly kind: ConsulErrorKind;
  readonly cause?: ConsulErrorCause;
  /** One or two sentences: the problem and the next step. */
  readonly message: string;
  /** The problem may pass by itself, so a read is retried. */
  readonly transient?: true;
}

interface Rule extends ErrorMeaning {
  readonly statuses: readonly number[];
  readonly body: RegExp;
}

/**
 * Statuses mislead, so the body decides if Consul sends a known text; the first match wins. The texts
 * are those of Consul 1.20 (`acl/errors.go`, `agent/structs/errors.go`, `agent/rpc/peering/service.go`,
 * `agent/consul/rate/handler.go`); they have been part of its RPC protocol for years. The status must match
 * too, because bodies repeat names, and a service may have any name.
 */
const rules: readonly Rule[] = [
  {
    statuses: [401],
    body: /^ACL support disabled/,
    kind: 'server',
    cause: 'acl-disabled',
    message: 'ACLs are disabled on this cluster',
  },
  {
    statuses: [403],
    body: /a new peering token must be generated/,
    kind: 'forbidden',
    cause: 'peering-token-spent',
    message: 'The peering token was already used or replaced by a newer one. Generate a new one',
  },
  {
    statuses: [403],
    body: /Endpoint is blocked by agent configuration/,
    kind: 'forbidden',
    cause: 'endpoint-blocked',
    message: 'The agent blocks this endpoint (http_config.block_endpoints). Ask another agent or unblock it',
  },
  {
    statuses: [403],
    body: /anonymous token lacks permission/,
    kind: 'forbidden',
    cause: 'anonymous',
    message:
      'No token was sent, and the anonymous token may not read this. Configure a token for the cluster',
  },
  {
    statuses: [403],
    body: /Permission denied/,
    kind: 'forbidden',
    cause: 'permission-denied',
    message: 'The token lacks a permission. Add the rule to one of its policies',
  },
  {
    statuses: [404],
    body: /not a recognized HTTP API endpoint/,
    kind: 'not-found',
    cause: 'endpoint-unknown',
    message: 'This Consul has no such endpoint: its version or edition does not have it',
  },
  {
    statuses: [500, 503],
    body: /No cluster leader|Raft leader not found|Not ready to serve consistent reads/,
    kind: 'server',
    cause: 'no-leader',
    message: 'The cluster has no leader. Make sure that a majority of its servers runs',
    transient: true,
  },
  {
    statuses: [500, 503],
    body: /No known Consul servers|resolver produced no addresses/,
    kind: 'server',
    cause: 'no-servers',
    message: 'This agent knows no Consul server. Make sure that it has joined the cluster',
  },
  {
    statuses: [500, 503],
    body: /No path to datacenter|Remote DC has no server currently reachable/,
    kind: 'server',
    cause: 'no-datacenter',
    message: 'The datacenter is unknown here or cannot be reached. Check its name',
  },
  {
    statuses: [400, 500],
    body: /peering must be enabled|peering is disabled/i,
    kind: 'server',
    cause: 'peering-disabled',
    message: 'Peering is disabled on the servers. Set peering { enabled = true } in their configuration',
  },
  {
    statuses: [400, 500],
    body: /Connect must be enabled/,
    kind: 'server',
    cause: 'mesh-disabled',
    message:
      'The service mesh is disabled on the servers. Set connect { enabled = true } in their configuration',
  },
  {
    statuses: [400, 500],
    body: /Consul Enterprise feature/,
    kind: 'server',
    cause: 'enterprise-only',
    message: 'Partitions and namespaces need Consul Enterprise. Remove them from the settings of the cluster',
  },
  {
    statuses: [400, 500],
    body: /invalid config entry kind/,
    kind: 'server',
    cause: 'kind-unknown',
    message: 'This version of Consul knows no such kind of config entry',
  },
  {
    statuses: [400, 500],
    body: /Failed to create boolean expression evaluator|Failed to create filter/,
    kind: 'server',
    cause: 'filter-refused',
    message: 'This version of Consul does not support the filter',
  },
  {
    statuses: [400, 500],
    body: /UUID must be|Invalid UUID/i,
    kind: 'not-found',
    cause: 'bad-name',
    message: 'The id is not a whole UUID of 36 characters',
  },
  {
    statuses: [429, 500, 503],
    body: /rate limit|too many concurrent connections/i,
    kind: 'rate-limited',
    message: 'Consul limits the rate or the number of connections of this client. Try again later',
    transient: true,
  },
  {
    statuses: [400],
    body: /HTTP request to an HTTPS server/,
    kind: 'unreachable',
    cause: 'tls',
    message: 'The address is an HTTPS port. Write it with https://',
  },
];

/** Explains `ACL not found`, which has three meanings: they depend on the subject of the request and on its token. */
const aclNotFound = (body: string, aboutOther: boolean, withToken: boolean): ErrorMeaning => {
  if (aboutOther && body.includes('does not exist')) {
    return { kind: 'not-found', message: 'There is no such token, role or policy in this cluster' };
  }
  return withToken
    ? {
        kind: 'forbidden',
        cause: 'token-unknown',
        message:
          'Consul does not know the token: it was deleted, has expired, or belongs to another cluster. Configure one that exists',
      }
    : {
        kind: 'forbidden',
        cause: 'anonymous',
        message: 'No token was sent. Configure a token for the cluster',
      };
};

const byStatus = (status: number): ErrorMeaning => {
  if (status === 401 || status === 403) {
    return { kind: 'forbidden', message: 'The request was refused with a message that is not from Consul' };
  }
  if (status === 404) return { kind: 'not-found', message: 'It does not exist in this cluster' };
  if (status === 429) {
    return { kind: 'rate-limited', message: 'Too many requests. Try again later', transient: true };
  }
  if (status === 503) {
    return { kind: 'server', message: 'The service is unavailable. Try again later', transient: true };
  }
  return { kind: 'server', message: 'Consul could not answer' };
};

/**
 * Explains an answer with an error status.
 *
 * @param sent.aboutOther the request names a token, role or policy, rather than using its own.
 * @param sent.withToken a token was sent.
 */
export const classifyErrorReply = (
  status: number,
  body: string,
  sent: { readonly aboutOther: boolean; readonly withToken: boolean },
): ErrorMeaning => {
  if (status === 403 && body.includes('ACL not found')) {
    return aclNotFound(body, sent.aboutOther, sent.withToken);
  }
  return rules.find((rule) => rule.statuses.includes(status) && rule.body.test(body)) ?? byStatus(status);
};
