import type { Answer } from '../answer';
import type { SendRequest, CallOptions } from '../send-request';
import { AclPolicy, AclRole, AclToken, Authorization, ExpandedToken, list } from '../wire';
import { success } from '../../result';

/** One question to `/v1/internal/acl/authorize`. */
export interface AuthorizationQuestion {
  /** Such as `service` or `peering`. */
  readonly Resource: string;
  /** `read`, `list` (keys only) or `write`. */
  readonly Access: string;
  /** The name asked about; left out for resources without names. */
  readonly Segment?: string;
}

/** More than these in one request are refused by Consul. */
const questionsAtOnce = 64;

/** ACLs. `server` with cause `acl-disabled` where they are off. No value holds a `SecretID`. */
export const aclEndpoints = (ask: SendRequest) => {
  const authorizeSome = (questions: readonly AuthorizationQuestion[], call?: CallOptions) =>
    ask(
      {
        method: 'POST',
        route: '/v1/internal/acl/authorize',
        body: questions,
        schema: list(Authorization).refine((rows) => rows.length === questions.length, {
          message: 'expected one row for each question',
        }),
      },
      call,
    );

  return {
    /** The token that this client uses. Consul 1.20 expands none here, whatever is asked; see `aclToken`. */
    aclTokenSelf: (call?: CallOptions) => ask({ route: '/v1/acl/token/self', schema: AclToken }, call),

    /**
     * The anonymous token, which answers where none is sent. Consul tells nobody about it who sends none
     * (`ACL not found`), but does tell who calls it by its name, which is its secret.
     */
    aclTokenAnonymous: (call?: CallOptions) =>
      ask(
        { route: '/v1/acl/token/self', schema: AclToken, headers: { 'X-Consul-Token': 'anonymous' } },
        call,
      ),

    /** A token by its whole accessor id, with everything that it is linked to (`acl:read`). */
    aclToken: (accessor: string, call?: CallOptions) =>
      ask(
        {
          route: '/v1/acl/token/:accessor',
          names: { accessor },
          query: { expanded: 'true' },
          schema: ExpandedToken,
          aboutOther: true,
        },
        call,
      ),

    /** All tokens, not expanded (`acl:read`). */
    aclTokens: (call?: CallOptions) => ask({ route: '/v1/acl/tokens', schema: list(AclToken) }, call),

    /** All policies, without their rules (`acl:read`). */
    aclPolicies: (call?: CallOptions) => ask({ route: '/v1/acl/policies', schema: list(AclPolicy) }, call),

    aclPolicy: (id: string, call?: CallOptions) =>
      ask({ route: '/v1/acl/policy/:id', names: { id }, schema: AclPolicy, aboutOther: true }, call),

    aclPolicyByName: (name: string, call?: CallOptions) =>
      ask({ route: '/v1/acl/policy/name/:name', names: { name }, schema: AclPolicy, aboutOther: true }, call),

    aclRoles: (call?: CallOptions) => ask({ route: '/v1/acl/roles', schema: list(AclRole) }, call),

    aclRole: (id: string, call?: CallOptions) =>
      ask({ route: '/v1/acl/role/:id', names: { id }, schema: AclRole, aboutOther: true }, call),

    aclRoleByName: (name: string, call?: CallOptions) =>
      ask({ route: '/v1/acl/role/name/:name', names: { name }, schema: AclRole, aboutOther: true }, call),

    /** What the token that this client uses may do: one row for each question, in their order. */
    authorize: async (
      questions: readonly AuthorizationQuestion[],
      call?: CallOptions,
    ): Promise<Answer<readonly Authorization[]>> => {
      const chunks: (readonly AuthorizationQuestion[])[] = [];
      for (let start = 0; start < Math.max(questions.length, 1); start += questionsAtOnce) {
        chunks.push(questions.slice(start, start + questionsAtOnce));
      }
      const answers = await Promise.all(chunks.map((chunk) => authorizeSome(chunk, call)));
      return answers.reduce(joined);
    },
  };
};

const joined = (one: Answer<Authorization[]>, other: Answer<Authorization[]>): Answer<Authorization[]> => {
  if (!one.ok) return one;
  if (!other.ok) return other;
  const tookMs = Math.max(one.meta.tookMs, other.meta.tookMs);
  const bytes = one.meta.bytes + other.meta.bytes;
  return { ...success([...one.value, ...other.value]), meta: { ...one.meta, tookMs, bytes } };
};
