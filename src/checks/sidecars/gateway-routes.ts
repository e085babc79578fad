import type { HttpRoute, Peering, ServiceRouter } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { Entry, OtherSide } from '../../snapshot/snapshot';
import { type CheckOutcome, defineCheck, type Draft, skip, unknown } from '../define';
import { exampleEntry } from '../examples/parts';
import { remoteExportRemediation } from '../exported-services/remote-export';
import { consulDocs } from '../links';
import type { GatewayRoute, PeerRoute, UpstreamTarget } from '../model';
import { serviceKey, serviceLabel } from '../names';
import { findNearestName } from '../../find-nearest-name';
import { reasonOf } from '../reason';
import { configEntryRemediation } from '../remediation/config-entry';
import {
  deadImport,
  importedEvidence,
  importedKeys,
  importedNames,
  importedOf,
  importsEvidence,
} from '../traffic/imported-services';
import { localBackends } from '../traffic/local-backends';
import { type LocalOffer, localOffers } from '../traffic/local-offers';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import type { InputValues } from '../view';
import { gatewayRoutesView, peerRoutesView, routeLabel, unservedRoutes } from '../views/gateway-routes';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { remoteExportsView } from '../views/remote-exports';
import { deadShareFinding, findDeadShares } from './dead-shares';
import { notReceived } from './not-received';
import { redirectRemediation } from './redirect-remediation';
import { peerNamesEvidence } from './unknown-redirects';
import { unboundFinding } from './unbound-routes';
import { routeSubject, unservedFinding } from './unserved-routes';
import { inspectService } from './upstream-imported';
import { omitUndefined } from '../../omit-undefined';

type Offers =
  | 'serviceDefaults'
  | 'serviceNames'
  | 'serviceResolvers'
  | 'serviceRouters'
  | 'serviceSplitters'
  | 'terminatingGateways'
  | 'exportedHealth';

type Values = InputValues<
  | typeof gatewayRoutesView
  | typeof peerRoutesView
  | typeof hasPeeringsView
  | 'peerings'
  | 'peerNames'
  | 'cluster',
  | Offers
  | typeof remoteExportsView
  | 'importedServices'
  | 'otherSides'
  | 'apiGateways'
  | 'tcpRoutes'
  | 'httpRoutes'
>;

/** The configured other sides, and what they declare to export. */
interface FarEnds extends Pick<Values, 'remoteExports'> {
  readonly otherSides: readonly OtherSide[];
}

/** Adds a resolver that redirects a name to the service of that name at a peer. */
const newRedirect = ({ destination, namespace }: GatewayRoute, peer: string): readonly Remediation[] => {
  const entry = {
    Kind: 'service-resolver',
    Name: destination,
    ...omitUndefined({ Namespace: namespace === 'default' ? undefined : namespace }),
    Redirect: { Service: destination, Peer: peer },
  };
  return configEntryRemediation({ title: `Redirect ${destination} to ${peer}`, entry });
};

/** Describes a route to a peer that is not a peering. */
const unknownPeer = (route: PeerRoute, { peerNames, serviceResolvers, peerings }: Values): Draft => {
  const offering = peerings.list.filter((peering) =>
    importedKeys(peering)?.has(serviceKey(route.service, route.target.namespace)),
  );
  const to =
    findNearestName(route.peer, peerNames) ?? (offering.length === 1 ? offering[0]?.Name : undefined);
  return {
    subject: routeSubject(route),
    message: `${routeLabel(route)} calls ${route.destination}, which resolves to the peer ${route.peer}, but no peering has that name${to === undefined ? '' : `; ${to} is probably meant`}`,
    evidence: [upstreamEvidence(route), ...route.target.trail, peerNamesEvidence(peerNames)],
    remediation: () =>
      to === undefined
        ? []
        : redirectRemediation(rowsOf(serviceResolvers), route, { peer: to, service: route.service }),
  };
};

/** Describes a route to a service that its peer does not export. */
const notImported = (
  route: PeerRoute,
  peering: Peering,
  values: Values,
  { otherSides, remoteExports }: FarEnds,
): Draft => {
  const near = findNearestName(route.service, importedNames(peering, route.target.namespace));
  const label = serviceLabel(route.service, route.target.namespace);
  const side = otherSides.find(({ peer }) => peer === peering.Name);
  const late = notReceived(remoteExports, peering, {
    service: route.service,
    namespace: route.target.namespace,
  });
  if (late) {
    return {
      subject: routeSubject(route),
      message: `${routeLabel(route)} calls ${route.destination}, which resolves to ${label} at ${peering.Name}: ${late.why}`,
      evidence: [upstreamEvidence(route), ...route.target.trail, importsEvidence(peering), ...late.evidence],
      remediation: late.remediation,
    };
  }
  return {
    subject: routeSubject(route),
    message: `${routeLabel(route)} calls ${route.destination}, which resolves to ${label} at ${peering.Name}, but ${peering.Name} does not export it${near ? `; it exports ${near}` : ''}`,
    evidence: [upstreamEvidence(route), ...route.target.trail, importsEvidence(peering, near)],
    remediation: () => [
      ...(near === undefined
        ? []
        : redirectRemediation(rowsOf(values.serviceResolvers), route, { peer: route.peer, service: near })),
      ...remoteExportRemediation(
        { peering, service: route.service, namespace: route.target.namespace },
        side,
      ),
    ],
  };
};

const toPeerFindings = (route: PeerRoute, values: Values, ends: FarEnds): readonly Draft[] => {
  const { peerNames, peerings, importedServices } = values;
  if (!peerNames.includes(route.peer)) return [unknownPeer(route, values)];
  const peering = peerings.list.find(({ Name }) => Name === route.peer);
  const keys = peering && importedKeys(peering);
  if (!peering || !keys) return [];
  if (!keys.has(serviceKey(route.service, route.target.namespace)))
    return [notImported(route, peering, values, ends)];
  const row = importedOf(route, rowsOf(importedServices));
  const label = serviceLabel(route.service, route.target.namespace);
  const dead = row && deadImport(row, label, route.peer);
  if (!row || dead === undefined) return [];
  return [
    {
      subject: routeSubject(route),
      message: `${routeLabel(route)} calls ${route.destination}, which resolves to ${label} at ${route.peer}, but ${dead}`,
      evidence: [importedEvidence(row), upstreamEvidence(route), ...route.target.trail],
      remediation: inspectService(route.service, label, route.peer),
    },
  ];
};

/** Describes a route to a name that only peers offer. */
const nowhere = (route: GatewayRoute, { peerings }: Values): Draft | undefined => {
  const [target] = route.targets;
  if (!target || route.targets.length > 1 || target.peer || target.datacenter) return undefined;
  const offering = peerings.list.filter((peering) =>
    importedKeys(peering)?.has(serviceKey(target.service, target.namespace)),
  );
  const names = offering.map(({ Name }) => Name);
  if (names.length === 0) return undefined;
  const label = serviceLabel(target.service, target.namespace);
  return {
    subject: routeSubject(route),
    message: `${routeLabel(route)} calls ${route.destination}, which reaches no service: this cluster has no ${label}, and a gateway reaches that of ${names.join(' or ')} only through a service-resolver that redirects to the peer`,
    evidence: [
      upstreamEvidence(route),
      ...target.trail,
      ...offering.map((peering) => importsEvidence(peering, target.service)),
    ],
    remediation: target.trail.length > 0 ? [] : names.flatMap((name) => newRedirect(route, name)),
  };
};

type Route = ServiceRouter['Routes'][number];

const isCatchAll = ({ Match }: Route): boolean => {
  const { PathPrefix = '/', ...conditions } = Match?.HTTP ?? {};
  return PathPrefix === '/' && Object.values(conditions).every((value) => !value);
};

/** Tells that a route only names a service: it changes nothing in a request, and takes no part of the service. */
const isBare = ({ Destination }: Route): boolean =>
  Object.entries(Destination ?? {}).every(([key, value]) => key === 'Service' || !value);

/**
 * The one service to which the router of a name sends every request as it is; undefined where it does else. Requests that no route
 * matches go to the name itself.
 */
const soleDestination = (
  { destination, namespace }: Pick<GatewayRoute, 'destination' | 'namespace'>,
  routers: readonly Entry<ServiceRouter>[],
): string | undefined => {
  const key = serviceKey(destination, namespace);
  const router = routers.find(({ entry }) => serviceKey(entry.Name, entry.Namespace) === key);
  const routes = router?.entry.Routes ?? [];
  const [name, ...others] = new Set(routes.map(({ Destination }) => Destination?.Service || destination));
  const isWhole = others.length === 0 && routes.some(isCatchAll) && routes.every(isBare);
  return isWhole && name !== destination ? name : undefined;
};

/** Names the service of a router in the HTTP route itself. */
const nameItself = (
  gatewayRoute: GatewayRoute,
  { httpRoutes, serviceRouters }: Pick<Values, 'httpRoutes' | 'serviceRouters'>,
): readonly Remediation[] => {
  const { route, destination } = gatewayRoute;
  const existing = rowsOf(httpRoutes).find(({ entry }) => entry === route);
  const name = existing && soleDestination(gatewayRoute, rowsOf(serviceRouters));
  if (!existing || name === undefined) return [];
  const entry: HttpRoute = {
    ...existing.entry,
    Rules: existing.entry.Rules.map((rule) => ({
      ...rule,
      Services: rule.Services.map((one) => (one.Name === destination ? { ...one, Name: name } : one)),
    })),
  };
  return configEntryRemediation({ title: `Let ${route.Name} call ${name} itself`, entry, existing });
};

/** Describes a route to a name whose service-router resolves to a peer. */
const leftOutFinding = (
  route: GatewayRoute,
  [target]: readonly UpstreamTarget[],
  offer: LocalOffer['is'],
  values: Values,
): readonly Draft[] => {
  if (!target) return [];
  const label = serviceLabel(target.service, target.namespace);
  return [
    {
      severity: offer === 'no' ? 'error' : 'warning',
      subject: routeSubject(route),
      message: `${routeLabel(route)} calls ${route.destination}, whose service-router resolves to ${label} at ${target.peer}, but API gateways leave out service-routers: calls go to ${route.destination} in this cluster${offer === 'no' ? ', which has none' : ''}`,
      evidence: [upstreamEvidence(route), ...target.trail],
      remediation: () => nameItself(route, values),
    },
  ];
};

const evaluateRoutes = (values: Values): CheckOutcome => {
  const { gatewayRoutes, peerRoutes, hasPeerings, cluster, importedServices } = values;
  if (!hasPeerings) return skip(noPeerings);
  const ends: FarEnds = { otherSides: rowsOf(values.otherSides), remoteExports: values.remoteExports };
  const offerOf = localOffers(values, cluster);
  let hiddenReason: string | undefined;
  // A failover target may not be there yet: failover-targets reports those.
  const required = peerRoutes.filter(({ target }) => target.via !== 'failover');
  const unserved = new Set(unservedRoutes(peerRoutes));
  const entries = {
    serviceDefaults: rowsOf(values.serviceDefaults),
    apiGateways: rowsOf(values.apiGateways),
    tcpRoutes: rowsOf(values.tcpRoutes),
    httpRoutes: rowsOf(values.httpRoutes),
  };
  const toPeers = required.flatMap((route) =>
    unserved.has(route)
      ? [unservedFinding(route, entries)]
      : [
          ...(route.unbound === undefined ? [] : [unboundFinding(route, entries)]),
          ...toPeerFindings(route, values, ends),
        ],
  );
  const lost = gatewayRoutes.flatMap((route): readonly Draft[] => {
    const finding = nowhere(route, values);
    const [target] = route.targets;
    const offer = finding && target && offerOf(target.service, target.namespace);
    if (offer?.is === 'unknown') hiddenReason ??= offer.why;
    return finding && offer?.is === 'no' ? [finding] : [];
  });
  const { dead, hidden } = findDeadShares(gatewayRoutes, required, localBackends(values, cluster));
  hiddenReason ??= hidden;
  const deadShares = dead
    // Of a name that only a peer offers, the finding says how to reach it.
    .filter(({ route }) => nowhere(route, values) === undefined)
    .map((share) => deadShareFinding(share, entries.httpRoutes));
  const leftOut = gatewayRoutes.flatMap((route) =>
    route.leftOut
      ? leftOutFinding(route, route.leftOut, offerOf(route.destination, route.namespace).is, values)
      : [],
  );
  if (required.length === 0 && leftOut.length === 0 && lost.length === 0 && hiddenReason === undefined) {
    return skip('no API or ingress gateway has a route to a service of a peer');
  }
  const seen = new Set<string>();
  const findings = [...toPeers, ...leftOut, ...lost, ...deadShares].filter(
    ({ message }) => !seen.has(message) && seen.add(message),
  );
  const unread = required.find((route) => importedOf(route, rowsOf(importedServices)) === undefined);
  if (unread && importedServices.visibility !== 'visible' && importedServices.reason.kind !== 'not-gathered')
    hiddenReason ??= reasonOf(importedServices.reason);
  return hiddenReason === undefined ? findings : unknown(hiddenReason, findings);
};

const routed = (name: string) => ({
  apiGateways: [
    exampleEntry({
      Kind: 'api-gateway' as const,
      Name: 'api-gateway',
      Listeners: [{ Name: 'http', Protocol: 'http' }],
    }),
  ],
  httpRoutes: [
    exampleEntry({
      Kind: 'http-route' as const,
      Name: 'front',
      Parents: [{ Kind: 'api-gateway', Name: 'api-gateway', SectionName: 'http' }],
      Rules: [{ Services: [{ Name: name }] }],
    }),
  ],
  serviceResolvers: [
    exampleEntry({
      Kind: 'service-resolver' as const,
      Name: 'remote',
      Redirect: {
        Service: 'billing',
        ServiceSubset: '',
        Peer: 'west',
        Datacenter: '',
        SamenessGroup: '',
      },
      Failover: {},
    }),
  ],
});

export const gatewayRoutes = defineCheck({
  id: 'gateway-routes',
  group: 'sidecars',
  title: 'Routes of API gateways and listeners of ingress gateways that resolve to peers reach a service',
  failureTitle: 'A route or listener of a gateway resolves to a peer but reaches no service',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/gateways/api-gateway/define-routes/routes-http'),
    since: '1.15.0',
  },
  rationale:
    'Routes and listeners cannot name a peer: they reach one through a service-resolver that redirects to it. Requests to a name that only a peer offers, or to a service that the peer does not offer, fail. Where a rule shares its calls between services, one of which is at a peer, each of them has to be there, with a passing mesh instance: its share fails otherwise.',
  inputs: [gatewayRoutesView, peerRoutesView, 'peerings', 'peerNames', hasPeeringsView, 'cluster'],
  partial: [gatewayRoutesView, peerRoutesView],
  optional: [
    'serviceDefaults',
    'serviceNames',
    'serviceResolvers',
    'serviceRouters',
    'serviceSplitters',
    'terminatingGateways',
    'exportedHealth',
    'importedServices',
    'otherSides',
    remoteExportsView,
    'apiGateways',
    'tcpRoutes',
    'httpRoutes',
  ],
  examples: { pass: routed('remote'), fail: routed('billing') },
  evaluate: (values) => evaluateRoutes(values),
});
