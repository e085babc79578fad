import type { GatewayWriter, RoutedGatewayTokens } from '../../acl/find-gateway-tokens';
import { anonymousAccessorId } from '../../acl/token';
import { anyLinked, type NeededRule, ownNeed, routedGatewayNeeds } from '../../acl/needs';
import { rowsOf } from '../../snapshot/section';
import type { ChainTarget } from '../../consul/chain-targets';
import type { ConfigEntry } from '../../consul/wire';
import type { CompiledChain, GatewayRow, Section, WildcardLink } from '../../snapshot/snapshot';
import type { Evidence } from '../../report/report';
import { evidence } from '../evidence';
import type { Export } from '../model';
import { exportedTargets } from '../traffic/exported-targets';
import { defineView, type ViewTools } from '../view';
import { exportsView } from './exports';
import { peerRoutesView } from './gateway-routes';

/** A gateway that carries calls between this cluster and its peers. */
export interface GatewayOnPaths {
  readonly kind: RoutedGatewayTokens['kind'];
  readonly gateway: string;
  /** Services of those calls, as its entry or its routes name them. */
  readonly services: readonly string[];
  /** Its instances, as far as they are known. */
  readonly instances: readonly Pick<GatewayRow, 'id' | 'node'>[];
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
    resource === 'service_prefix'
      ? services.includes(anyLinked)
      : resource !== 'service' || segment === gateway || services.includes(segment ?? '');

const distinctRules = (rules: readonly NeededRule[]): readonly NeededRule[] => [
  ...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values(),
];

/** A gateway stands for several exported services. */
const distinctRows = (rows: readonly GatewayRow[]): readonly GatewayRow[] => [
  ...new Map(rows.map((row) => [JSON.stringify([row.node, row.id]), row])).values(),
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

/** Tells that some token fits a gateway before all services. */
const isFitForAll = (on: GatewayOnPaths, found: readonly RoutedGatewayTokens[]): boolean => {
  const tokens = found.find(({ kind, gateway }) => kind === on.kind && gateway === on.gateway);
  return tokens?.services.includes(anyLinked) === true && fitOf(withAll(on), found).length === 0;
};

const withAll = (on: GatewayOnPaths): GatewayOnPaths => ({ ...on, services: [...on.services, anyLinked] });

/** Returns the services that a wildcard links to a gateway; `isCut` if not all of them are known. */
const linkOf = (
  { Name, Services }: ConfigEntry<'terminating-gateway'>,
  links: Section<readonly WildcardLink[]>,
): { readonly services: readonly string[]; readonly isCut: boolean } => {
  if (!Services.some((service) => service.Name === '*')) return { services: [], isCut: false };
  const services = rowsOf(links).find(({ gateway }) => gateway === Name)?.services ?? [];
  return { services: services.map(({ name }) => name), isCut: links.visibility !== 'visible' };
};

/** Returns the services of this cluster that calls of an exported name end at. */
const endsOf = (exported: string, targets: readonly ChainTarget[] | undefined): readonly string[] =>
  targets?.filter(({ peer }) => peer === '').map(({ service }) => service) ?? [exported];

/** Of a wildcard's names not all chains may be read. They do not matter: what they end at is exported itself. */
const chainsIn = (
  section: Section<readonly CompiledChain[]>,
  rely: ViewTools['rely'],
): readonly CompiledChain[] =>
  section.visibility !== 'visible' && section.reason.kind === 'too-large'
    ? rowsOf(section)
    : (rely(section) ?? []);

interface ExportedEnds {
  /** Tells whether calls of peers end at a service: at an exported name, or at what that resolves to here. */
  readonly isEnd: (service: string) => boolean;
  /** True if a wildcard is exported. */
  readonly isWildcard: boolean;
}

const exportedEnds = (
  exports: readonly Export[],
  chains: readonly CompiledChain[],
  peer: string | undefined,
): ExportedEnds => {
  const targetsOf = exportedTargets(chains);
  const mine = exports.filter(({ consumers }) =>
    consumers.some((consumer) => peer === undefined || consumer.peer === peer),
  );
  const isWildcard = mine.some(({ wildcard }) => wildcard);
  const ends = new Set(
    // Names are exported with case, and resolved without.
    mine.flatMap(({ service }) => endsOf(service, targetsOf(service)).map((name) => name.toLowerCase())),
  );
  return { isEnd: (service) => isWildcard || ends.has(service.toLowerCase()), isWildcard };
};

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
    'wildcardLinks',
    'exportedHealth',
    'exportedChains',
    'serviceNames',
    'routingGateways',
    exportsView,
    peerRoutesView,
  ],
  compute: (values, { rely }): GatewayFits => {
    const { acl, cluster, peer, sidecarTokens, serviceNames, routingGateways } = values;
    if (!acl.enabled || cluster.enterprise) return { onPaths: [], unfit: [], isUndecided: false };
    const deployed = new Set(rowsOf(routingGateways).map(({ name }) => name));
    const isDeployed = (gateway: string): boolean =>
      routingGateways.visibility !== 'visible' || deployed.has(gateway);

    const found = sidecarTokens.visibility === 'hidden' ? undefined : sidecarTokens.value;
    const entries = rely(values.terminatingGateways) ?? [];
    const registered = new Set((entries.length > 0 ? rowsOf(serviceNames) : []).map(({ name }) => name));
    const isRegistered = (gateway: string): boolean =>
      serviceNames.visibility !== 'visible' || registered.has(gateway);
    const exports = entries.length > 0 ? (rely(values.exports) ?? []) : [];
    const { isEnd, isWildcard } = exportedEnds(
      exports,
      entries.length > 0 ? chainsIn(values.exportedChains, rely) : [],
      peer,
    );
    const terminators = distinctRows(rowsOf(values.exportedHealth).flatMap((row) => row.terminators ?? []));
    const terminating = entries.flatMap(({ entry, at }): GatewayOnPaths[] => {
      const linked = rowsOf(values.exportedHealth)
        .filter(({ terminatedBy = [] }) => terminatedBy.includes(entry.Name))
        .map(({ name }) => name);
      const named = entry.Services.map(({ Name }) => Name).filter((name) => name !== '*');
      const link = linkOf(entry, values.wildcardLinks);
      const covered = isWildcard ? link.services : [];
      const services = [...new Set([...named, ...linked, ...covered])].filter(isEnd);
      const on: GatewayOnPaths = {
        kind: 'terminating-gateway',
        gateway: entry.Name,
        services,
        instances: terminators.filter(({ gateway }) => gateway === entry.Name),
        evidence: evidence(at, 'Services[*].Name', services),
      };
      if (!isRegistered(entry.Name)) return [];
      // A token that fits before every service fits before those that are not known as well.
      const isOpen = isWildcard && link.isCut && !isFitForAll(on, found?.gateways ?? []);
      if (isOpen) rely(values.wildcardLinks);
      return services.length > 0 ? [on] : [];
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
              instances: rowsOf(routingGateways).flatMap(({ name, id, node }) =>
                name === first.gateway.name && id !== undefined ? [{ id, node }] : [],
              ),
              evidence: evidence(first.at, '', first.named),
            },
          ]
        : [],
    );
    const onPaths = [...terminating, ...calling];
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

/**
 * Says that no token fits a terminating gateway before the services that calls of an exported name end at; undefined where
 * tokens do, or nobody knows.
 */
export const unfitTokenBefore = (
  fits: Section<GatewayFits>,
  exported: string,
  targets: readonly ChainTarget[] | undefined,
): string | undefined => {
  const ends = new Set(endsOf(exported, targets).map((end) => end.toLowerCase()));
  return unfitIn(fits)
    .filter(
      ({ kind, services }) =>
        kind === 'terminating-gateway' && services.some((one) => ends.has(one.toLowerCase())),
    )
    .map(clause)[0];
};
