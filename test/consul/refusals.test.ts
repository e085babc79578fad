import type { ConsulErrorCause, ConsulErrorKind } from '../../src/consul/answer';
import { classifyErrorReply } from '../../src/consul/classify-error-reply';

/** Statuses and bodies as real agents of Consul 1.20.1 gave them, and those of what may stand before it. */
const seen: readonly (readonly [number, string, ConsulErrorKind, ConsulErrorCause | undefined])[] = [
  [401, 'ACL support disabled', 'server', 'acl-disabled'],
  [403, 'ACL not found', 'forbidden', 'token-unknown'],
  [403, 'token does not exist: ACL not found', 'forbidden', 'token-unknown'],
  [403, 'rpc error making call: ACL not found', 'forbidden', 'token-unknown'],
  [
    403,
    "Permission denied: token with AccessorID 'b7' lacks permission 'peering:read'",
    'forbidden',
    'permission-denied',
  ],
  [
    403,
    'Permission denied: anonymous token lacks permission \'agent:read\' on "n1". The anonymous token is used implicitly when a request does not specify a token.',
    'forbidden',
    'anonymous',
  ],
  [
    403,
    'a new peering token must be generated: invalid peering establishment secret',
    'forbidden',
    'peering-token-spent',
  ],
  [403, 'Endpoint is blocked by agent configuration', 'forbidden', 'endpoint-blocked'],
  [403, 'Forbidden by the gateway', 'forbidden', undefined],
  [404, 'Peering not found for "west"', 'not-found', undefined],
  [404, 'Config entry not found for "mesh" / "mesh"', 'not-found', undefined],
  [404, 'Requested role does not exist: ACL not found', 'not-found', undefined],
  [404, 'Invalid URL path: not a recognized HTTP API endpoint\n', 'not-found', 'endpoint-unknown'],
  [
    400,
    'Invalid query parameter: "ns" - Namespaces are a Consul Enterprise feature',
    'server',
    'enterprise-only',
  ],
  [400, 'Client sent an HTTP request to an HTTPS server.\n', 'unreachable', 'tls'],
  [429, 'rate limit exceeded, try again later or against a different server', 'rate-limited', undefined],
  [
    429,
    'Your IP is issuing too many concurrent connections, please rate limit your calls\n',
    'rate-limited',
    undefined,
  ],
  [
    503,
    'rate limit exceeded for operation that can only be performed by the leader, try again later',
    'rate-limited',
    undefined,
  ],
  [503, 'resolver error: resolver produced no addresses', 'server', 'no-servers'],
  [503, '<html>upstream down</html>', 'server', undefined],
  [500, 'No cluster leader', 'server', 'no-leader'],
  [500, 'rpc error making call: No cluster leader', 'server', 'no-leader'],
  [500, 'No known Consul servers', 'server', 'no-servers'],
  [500, 'No path to datacenter', 'server', 'no-datacenter'],
  [500, 'peering must be enabled to use this endpoint', 'server', 'peering-disabled'],
  [500, 'Connect must be enabled in order to use this endpoint', 'server', 'mesh-disabled'],
  [500, 'invalid config entry kind: sameness-group', 'server', 'kind-unknown'],
  [500, 'Failed to create boolean expression evaluator: 1:4 (3): no match found', 'server', 'filter-refused'],
  [500, 'failed acl token lookup: index error: UUID must be 36 characters', 'not-found', 'bad-name'],
  [500, '', 'server', undefined],
  [502, 'Bad gateway', 'server', undefined],
  [418, '', 'server', undefined],
];

describe('what an error status means', () => {
  it.each(seen)('%i %j', (status, body, kind, cause) => {
    expect(classifyErrorReply(status, body, { aboutOther: false, withToken: true })).toMatchObject({ kind });
    expect(classifyErrorReply(status, body, { aboutOther: false, withToken: true }).cause).toBe(cause);
  });

  it('tells the token that asks from the token asked about', () => {
    const missing = 'token does not exist: ACL not found';
    const aboutOther = true;
    expect(classifyErrorReply(403, missing, { aboutOther, withToken: true }).kind).toBe('not-found');
    expect(classifyErrorReply(403, 'ACL not found', { aboutOther, withToken: true }).cause).toBe(
      'token-unknown',
    );
  });

  it('does not call a token unknown that was never sent', () => {
    const missing = 'token does not exist: ACL not found';
    expect(classifyErrorReply(403, missing, { aboutOther: false, withToken: false }).cause).toBe('anonymous');
  });

  it('is not misled by a name that reads like a message', () => {
    const body = 'Config entry not found for "service-defaults" / "No cluster leader"';
    const refusal = classifyErrorReply(404, body, { aboutOther: false, withToken: true });
    expect(refusal).toMatchObject({ kind: 'not-found' });
    expect(refusal.transient).toBeUndefined();
  });
});
