import type { AclToken } from '../consul/wire';
import { type AclDecision, evaluate } from './evaluate';
import type { AclNeed } from './needs';
import type { ParsedPolicy, Rights, RuleSource } from './rights';
import type { Rule } from './rules';

export interface NeedDecision {
  readonly need: AclNeed;
  readonly decision: AclDecision;
}

export const evaluateNeeds = (rights: Rights, needs: readonly AclNeed[]): readonly NeedDecision[] =>
  needs.map((need) => ({ need, decision: evaluate(rights, need.question) }));

/** Rights that let their holder take over the cluster: nothing in peering needs them. */
export const dangerousRights: readonly { readonly resource: 'acl' | 'operator'; readonly access: 'write' }[] =
  [
    { resource: 'acl', access: 'write' },
    { resource: 'operator', access: 'write' },
  ];

/** Finds `acl:write` and `operator:write` that a rule grants. A right that the default policy gives everyone is no finding. */
export const findDangerousGrants = (
  rights: Rights,
): readonly { readonly question: (typeof dangerousRights)[number]; readonly source: RuleSource }[] =>
  dangerousRights.flatMap((question) => {
    const { allowed, because } = evaluate(rights, question);
    return allowed && because.by === 'rule' ? [{ question, source: because.source }] : [];
  });

const grants = (rule: Rule): boolean =>
  rule.level.toLowerCase() !== 'deny' || /^(?:read|write)$/i.test(rule.intentions);

/** Accepts rules that gateways are commonly given too, and that reveal no secret. */
const harmless = ({ level, resource }: Rule): boolean =>
  level.toLowerCase() === 'read' && ['agent', 'node', 'peering'].includes(resource);

const ruleOf = ({ rule }: AclNeed): string => `${rule.resource} ${rule.segment ?? ''}`;
const nameOf = (rule: Rule): string =>
  `${rule.match === 'prefix' ? `${rule.resource}_prefix` : rule.resource} ${rule.segment}`;

/** Finds rules that grant something beyond the needs, and that could be removed without breaking one. */
export const findExcessRules = (
  policies: readonly ParsedPolicy[],
  needs: readonly AclNeed[],
): readonly RuleSource[] => {
  const levels = new Map(needs.map((need) => [ruleOf(need), need.rule.access]));
  const excess = (rule: Rule): boolean => {
    const needed = levels.get(nameOf(rule));
    return needed === undefined || (needed === 'read' && rule.level.toLowerCase() !== 'read');
  };
  const seen = new Set<string>();
  return policies.flatMap(({ id, name, rules }) =>
    rules.flatMap((rule) => {
      const key = `${nameOf(rule)} ${rule.level} ${rule.intentions}`;
      if (!grants(rule) || harmless(rule) || !excess(rule) || seen.has(key)) return [];
      seen.add(key);
      return [{ policy: { id, name }, rule }];
    }),
  );
};

/** Expiry of a token at a given time. Tokens of an auth method are renewed by a new login. */
export type TokenExpiry =
  | { readonly state: 'never' | 'renewed' }
  | { readonly state: 'expired' | 'soon' | 'later'; readonly at: string; readonly leftMs: number };

const soonMs = 7 * 24 * 60 * 60 * 1000;

/** @param atMs time of the cluster, in ms since the epoch */
export const readExpiry = (
  token: Pick<AclToken, 'ExpirationTime' | 'AuthMethod'>,
  atMs: number,
): TokenExpiry => {
  if (token.AuthMethod !== '') return { state: 'renewed' };
  const { ExpirationTime: at } = token;
  const leftMs = Date.parse(at ?? '') - atMs;
  // Go writes a time that is not set as the first moment of the year 1.
  if (!at || Number.isNaN(leftMs) || at.startsWith('0001-')) return { state: 'never' };
  return { state: leftMs <= 0 ? 'expired' : leftMs <= soonMs ? 'soon' : 'later', at, leftMs };
};
