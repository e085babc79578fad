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
  /** The name that the question is about; absent for resources without names. */
  readonly Segment?: string;
}

/** Consul refuses more questions in one request. */
const maxQuestions = 64;

/** ACL endpoints. They fail with `server` and cause `acl-disabled` if ACLs are disabled. No value holds a `SecretID`. */
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
    /** The token that this client uses. Consul 1.20 never expands it here; see `aclToken`. */
    aclTokenSelf: (call?: CallOptions) => ask({ route: '/v1/acl/token/self', schema: AclToken }, call),

    /**
     * The anonymous token, which Consul uses if none is sent. Without a token the answer is `ACL not found`; it
     * needs the name of the anonymous token, which is its secret.
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

    /** Answers questions about the rights of the token that this client uses, in the order of the questions. */
    authorize: async (
      questions: readonly AuthorizationQuestion[],
      call?: CallOptions,
    ): Promise<Answer<readonly Authorization[]>> => {
      const chunks: (readonly AuthorizationQuestion[])[] = [];
      for (let start = 0; start < Math.max(questions.length, 1); start += maxQuestions) {
        chunks.push(questions.slice(start, start + maxQuestions));
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
