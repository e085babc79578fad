import type { DecisionReason, AclQuestion } from './evaluate';
import type { Rule } from './rules';

/**
 * Formats a rule as one line of HCL: `service_prefix "web" { policy = "read" }`. Names in it come from the cluster and
 * may be hostile.
 */
export const formatRule = ({ resource, match, segment, level, intentions }: Rule): string => {
  if (match === 'whole') return `${resource} = ${JSON.stringify(level)}`;
  const name = match === 'prefix' ? `${resource}_prefix` : resource;
  const more = intentions === '' ? '' : ` intentions = ${JSON.stringify(intentions)}`;
  return `${name} ${JSON.stringify(segment)} { policy = ${JSON.stringify(level)}${more} }`;
};

/** Formats the cause of a decision. */
export const formatReason = (because: DecisionReason): string =>
  because.by === 'default'
    ? `no rule decides it, and the default policy is ${because.policy}`
    : `${formatRule(because.source.rule)} in ${because.source.policy.name}, line ${because.source.rule.line}`;

/** Formats a question: `service:write on web`, `service:read on all`, `mesh:write`. */
export const formatQuestion = ({ resource, access, segment = '', all = false }: AclQuestion): string => {
  const right = `${resource}:${access}`;
  if (all) return segment === '' ? `${right} on all` : `${right} on all that start with ${segment}`;
  return segment === '' ? right : `${right} on ${segment}`;
};
