import type { GatewayWriter, RoutedGatewayTokens } from '../../acl/find-gateway-tokens';
import { anonymousAccessorId } from '../../acl/token';
import { type NeededRule, ownNeed, routedGatewayNeeds } from '../../acl/needs';
import { rowsOf } from '../../snapshot/section';
import type { Section } from '../../snapshot/snapshot';
import type { Evidence } from '../../report/report';
import { evidence } from '../evidence';
import type { Export } from '../model';
import { defineView } from '../view';
import { exportsView } from './exports';
import { peerRoutesView } from './gateway-routes';

/** A gateway that carries calls between this cluster and its peers. */
export interface GatewayOnPaths {
  readonly kind: RoutedGatewayTokens['kind'];
  readonly gateway: string;
  /** Services of those calls, as its entry or its routes name them. */
  readonly services: readonly string[];
  /** The entry or route that makes it carry them. */
  readonly evidence: Evidence;
}

/** Such a gateway that no token fits. */
export interface UnfitGateway extends GatewayOnPaths {
  /**
   * A token whose rules name the gateway, or else the one that lacks the least; undefined where none may write the
   * service of the gateway.
   */
  readonly nearest: GatewayWriter | undefined;
  /** The rules that this token lacks, or all that the gateway needs. */
  readonly lacks: readonly NeededRule[];
}

/** The gateways on paths, and those of them that no token fits. */
export interface GatewayFits {
  readonly onPaths: readonly GatewayOnPaths[];
  readonly unfit: readonly UnfitGateway[];
  /** True where none fits a gateway of those whose rules can be read, and rules of others cannot: `unfit` is empty then. */
  readonly isUndecided: boolean;
}

/** Rules on services that no call between peers uses are left to the owner of the gateway. */
const concerns =
  ({ gateway, services }: GatewayOnPaths) =>
  ({ resource, segment }: NeededRule): boolean =>
    resource !== 'service' || segment === gateway || services.includes(segment ?? '');

const distinctRules = (rules: readonly NeededRule[]): readonly NeededRule[] => [
  ...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values(),
];

const fitOf = (on: GatewayOnPaths, found: readonly RoutedGatewayTokens[]): readonly UnfitGateway[] => {
  const tokens = found.find(({ kind, gateway }) => kind === on.kind && gateway === on.gateway);
  // A service that was not searched for may be granted.
  if (!tokens || !on.services.every((service) => tokens.services.includes(service))) return [];
  const lacksOf = ({ lacks }: GatewayWriter): readonly NeededRule[] => lacks.filter(concerns(on));
  if (tokens.writers.some((writer) => lacksOf(writer).length === 0)) return [];
  const [nearest] = tokens.writers
    // Everybody has the rights of the anonymous token.
    .filter(({ token }) => token.AccessorID !== anonymousAccessorId)
    .toSorted((a, b) => Number(b.names) - Number(a.names) || lacksOf(a).length - lacksOf(b).length);
  const needs = [ownNeed(on.gateway), ...routedGatewayNeeds(on.kind, on.services)];
  const lacks = nearest ? lacksOf(nearest) : distinctRules(needs.map(({ rule }) => rule));
  return [{ ...on, nearest, lacks }];
};

const isExported = (exports: readonly Export[], name: string, peer: string | undefined): boolean =>
  exports.some(
    ({ service, wildcard, consumers }) =>
      (wildcard || service === name) &&
      consumers.some((consumer) => peer === undefined || consumer.peer === peer),
  );

/**
 * API and ingress gateways that call services of peers, and terminating gateways before exported services, with those
 * of them that no token fits. What is hidden counts as fitting: nobody knows the token of a gateway.
 */
export const gatewayFitsView = defineView({
  name: 'gatewayFits',
  description: 'gateways on paths to and from peers, and those that no token fits: `/v1/acl/tokens`',
  needs: ['acl', 'cluster', 'peer'],
  optional: [
    'sidecarTokens',
    'terminatingGateways',
    'exportedHealth',
    'serviceNames',
    'routingGateways',
    exportsView,
    peerRoutesView,
  ],
  compute: (values, { rely }): GatewayFits => {
    const { acl, cluster, peer, sidecarTokens, serviceNames, routingGateways } = values;
    if (!acl.enabled || cluster.enterprise) return { onPaths: [], unfit: [], isUndecided: false };
    const registered = new Set(rowsOf(serviceNames).map(({ name }) => name));
    const isRegistered = (gateway: string): boolean =>
      serviceNames.visibility !== 'visible' || registered.has(gateway);
    const deployed = new Set(rowsOf(routingGateways).map(({ name }) => name));
    const isDeployed = (gateway: string): boolean =>
      routingGateways.visibility !== 'visible' || deployed.has(gateway);

    const entries = rely(values.terminatingGateways) ?? [];
    const exports = entries.length > 0 ? (rely(values.exports) ?? []) : [];
    const terminating = entries.flatMap(({ entry, at }): GatewayOnPaths[] => {
      const linked = rowsOf(values.exportedHealth)
        .filter(({ terminatedBy = [] }) => terminatedBy.includes(entry.Name))
        .map(({ name }) => name);
      const named = entry.Services.map(({ Name }) => Name).filter((name) => name !== '*');
      const services = [...new Set([...named, ...linked])].filter((name) => isExported(exports, name, peer));
      return services.length > 0 && isRegistered(entry.Name)
        ? [
            {
              kind: 'terminating-gateway',
              gateway: entry.Name,
              services,
              evidence: evidence(at, 'Services[*].Name', services),
            },
          ]
        : [];
    });
    const routes = (rely(values.peerRoutes) ?? []).filter(({ gateway }) => isDeployed(gateway.name));
    const callers = Map.groupBy(routes, ({ gateway }) => `${gateway.kind} ${gateway.name}`);
    const calling = [...callers.values()].flatMap(([first, ...rest]): readonly GatewayOnPaths[] =>
      first
        ? [
            {
              kind: first.gateway.kind,
              gateway: first.gateway.name,
              services: [...new Set([first, ...rest].map(({ named }) => named.Name))],
              evidence: evidence(first.at, '', first.named),
            },
          ]
        : [],
    );
    const onPaths = [...terminating, ...calling];
    const found = sidecarTokens.visibility === 'hidden' ? undefined : sidecarTokens.value;
    const unfit = onPaths.flatMap((on) => fitOf(on, found?.gateways ?? []));
    const isUndecided = unfit.length > 0 && found !== undefined && found.unreadable > 0;
    return { onPaths, unfit: isUndecided ? [] : unfit, isUndecided };
  },
});

const clause = ({ gateway }: UnfitGateway): string => `no token of its cluster fits ${gateway}`;

const unfitIn = (fits: Section<GatewayFits>): readonly UnfitGateway[] =>
  fits.visibility === 'hidden' ? [] : fits.value.unfit;

/** Says that no token fits a gateway that calls peers; undefined where one does, or nobody knows. */
export const unfitTokenOf = (
  fits: Section<GatewayFits>,
  { kind, name }: { readonly kind: string; readonly name: string },
): string | undefined =>
  unfitIn(fits)
    .filter((one) => one.kind === kind && one.gateway === name)
    .map(clause)[0];

/** Says that no token fits the terminating gateway before a service; undefined where one does, or nobody knows. */
export const unfitTokenBefore = (fits: Section<GatewayFits>, service: string): string | undefined =>
  unfitIn(fits)
    .filter(({ kind, services }) => kind === 'terminating-gateway' && services.includes(service))
    .map(clause)[0];
