import { z } from 'zod';
import { AclToken } from '../consul/wire';
import { omitUndefined } from '../omit-undefined';
import { evaluate } from './evaluate';
import { type AclNeed, NeededRule, ownNeed, routedGatewayKinds, routedGatewayNeeds } from './needs';
import { grantsAny, mergePolicies, type ParsedPolicy, type Rights } from './rights';
import type { Rule } from './rules';
import type { TokenRights } from './token';
import { searchTokens, type TokenSearch } from './token-search';

/** A token that may write a gateway's own service, as that of the gateway must. */
const GatewayWriter = z
  .object({
    /** With what an update of the token has to keep. */
    token: AclToken.pick({
      AccessorID: true,
      ServiceIdentities: true,
      NodeIdentities: true,
      AuthMethod: true,
    }),
    /** For a token that a login created, which does not last. */
    roleId: z.string().optional(),
    description: z.string(),
    /** True where a rule names the gateway: it was probably made for it. A token for everything fits many. */
    names: z.boolean(),
    /** The rules that it lacks; empty where it grants all that the gateway needs. */
    lacks: z.array(NeededRule).readonly(),
    /** True where a further policy with the rules that it lacks is enough: no rule of the token refuses them. */
    isExtensible: z.boolean(),
  })
  .readonly();
export interface GatewayWriter extends z.infer<typeof GatewayWriter> {}

/** The tokens that could belong to an API, ingress or terminating gateway. */
export const RoutedGatewayTokens = z
  .object({
    kind: z.enum(routedGatewayKinds),
    gateway: z.string(),
    /** The services that it was searched for: those that it is linked to (with `anyLinked`, all), or that its routes and listeners name. */
    services: z.array(z.string()).readonly(),
    /** Those that fit first, then those whose rules name the gateway; tokens with equal rights once. */
    writers: z.array(GatewayWriter).readonly(),
  })
  .readonly();
export interface RoutedGatewayTokens extends z.infer<typeof RoutedGatewayTokens> {}

export type RoutedGateway = Pick<RoutedGatewayTokens, 'kind' | 'gateway' | 'services'>;

/** Maximum of tokens that a snapshot holds for each gateway. */
const maxWriters = 20;

/** The bot does not know the nodes of the services: a token that may read some of them is taken to read the right ones. */
const isGranted = (rights: Rights, { question }: AclNeed): boolean =>
  evaluate(rights, question).allowed || (question.resource === 'node' && grantsAny(rights, 'node', 'read'));

const ruleKey = ({ resource, segment }: NeededRule): string => JSON.stringify([resource, segment]);

const toRule = ({ resource, segment, access }: NeededRule): Rule => ({
  resource: resource.replace(/_prefix$/u, '') as Rule['resource'],
  match: segment === undefined ? 'whole' : resource.endsWith('_prefix') ? 'prefix' : 'exact',
  segment: segment ?? '',
  level: access,
  intentions: '',
  line: 0,
});

const withRules = ({ policies, rights }: TokenRights, rules: readonly NeededRule[]): Rights => {
  const added: ParsedPolicy = { id: '', name: '', rules: rules.map(toRule) };
  return mergePolicies([...policies, added], rights.defaultPolicy);
};

interface Derived {
  readonly lacks: readonly NeededRule[];
  readonly isExtensible: boolean;
  readonly names: boolean;
  readonly rules: number;
}

const deriveFor = (found: TokenRights, { kind, gateway, services }: RoutedGateway): Derived | undefined => {
  const { rights, policies } = found;
  const own = ownNeed(gateway);
  if (!isGranted(rights, own)) return undefined;
  const needs = routedGatewayNeeds(kind, services);
  const missing = needs.filter((need) => !isGranted(rights, need));
  const lacks = [...new Map(missing.map(({ rule }) => [ruleKey(rule), rule])).values()];
  const extended = lacks.length === 0 ? rights : withRules(found, lacks);
  return {
    lacks,
    isExtensible: [own, ...needs].every((need) => isGranted(extended, need)),
    names: rights.named.get('service')?.exact.has(gateway) === true,
    rules: policies.reduce((sum, policy) => sum + policy.rules.length, 0),
  };
};

const isFit = ({ lacks }: Derived): boolean => lacks.length === 0;

const byFit = (a: Derived, b: Derived): number =>
  Number(isFit(b)) - Number(isFit(a)) ||
  Number(b.names) - Number(a.names) ||
  a.lacks.length - b.lacks.length ||
  a.rules - b.rules;

/**
 * Finds the tokens that could belong to gateways, with what each of them lacks: Consul does not tell which token a
 * gateway uses. Management tokens do not count, nor those whose rules cannot be read.
 */
export const findGatewayTokens = (
  search: TokenSearch,
  gateways: readonly RoutedGateway[],
): readonly RoutedGatewayTokens[] => {
  const found = searchTokens(search, (result) =>
    result.ok && !result.value.isManagement ? gateways.map((one) => deriveFor(result.value, one)) : [],
  );
  // Tokens with equal links share what was derived.
  const distinct = [...new Map(found.map((one) => [one.derived, one])).values()];
  return gateways.map((gateway, index) => ({
    ...gateway,
    writers: distinct
      .flatMap(({ token, derived }) => {
        const own = derived[index];
        return own ? [{ token, own }] : [];
      })
      .sort((a, b) => byFit(a.own, b.own) || (a.token.AccessorID < b.token.AccessorID ? -1 : 1))
      .slice(0, maxWriters)
      .map(({ token, own: { names, lacks, isExtensible } }): GatewayWriter => {
        const { AccessorID, ServiceIdentities, NodeIdentities, AuthMethod, Description, Roles } = token;
        return {
          token: { AccessorID, ServiceIdentities, NodeIdentities, AuthMethod },
          description: Description,
          ...omitUndefined({ roleId: Roles[0]?.ID }),
          names,
          lacks,
          isExtensible,
        };
      }),
  }));
};
