import { reduceRules } from '../acl/reduce-rules';
import type { ExpandedToken } from '../consul/wire';

/** Keeps of the policies of a token only their rules: people write more into their texts, such as comments. */
export const redactToken = (token: ExpandedToken): ExpandedToken => ({
  ...token,
  ExpandedPolicies: token.ExpandedPolicies.map((policy) => ({ ...policy, Rules: reduceRules(policy.Rules) })),
});
