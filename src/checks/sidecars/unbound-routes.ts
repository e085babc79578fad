import type { ApiGateway, HttpRoute } from '../../consul/wire';
import { findNearestName } from '../../find-nearest-name';
import type { Remediation } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import type { Draft } from '../define';
import { evidence } from '../evidence';
import type { PeerRoute } from '../model';
import { orDefault } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { routeLabel } from '../views/gateway-routes';
import { findForeignHosts, type ForeignHosts, isHostOf } from './listener-hosts';
import { freshName, routeSubject, type RouteEntries, speaksHttp } from './unserved-routes';

type Parent = HttpRoute['Parents'][number];

/** An HTTP route, its gateway, and the parent with which the route names it. */
interface UnboundHttpRoute {
  readonly route: Entry<HttpRoute>;
  readonly gateway: Entry<ApiGateway>;
  readonly parent: Parent;
}

const isSameTenant = (
  one: Pick<Parent, 'Namespace' | 'Partition'>,
  other: Pick<Parent, 'Namespace' | 'Partition'>,
): boolean =>
  orDefault(one.Namespace) === orDefault(other.Namespace) &&
  orDefault(one.Partition) === orDefault(other.Partition);

/** True for an entry that consul-k8s makes of a Gateway or HTTPRoute, and would write again. */
export const isFromGatewayApi = (entry: object): boolean =>
  'Meta' in entry && typeof entry.Meta === 'object' && entry.Meta !== null && 'k8s-namespace' in entry.Meta;

const httpListeners = ({ entry }: Entry<ApiGateway>): ApiGateway['Listeners'] =>
  entry.Listeners.filter(({ Protocol }) => Protocol === 'http');

/** Finds the entries of a route and its gateway; undefined where the route names several listeners of it. */
const entriesOf = (
  { route, gateway: { name } }: PeerRoute,
  { apiGateways, httpRoutes }: RouteEntries,
): UnboundHttpRoute | undefined => {
  const existing = httpRoutes.find(({ entry }) => entry === route);
  if (!existing) return undefined;
  const own = existing.entry.Parents.filter(
    ({ Kind, Name }) => (Kind === '' || Kind === 'api-gateway') && Name === name,
  );
  const [parent] = own;
  // Of several listeners that it names, Consul refuses two that become the same.
  if (!parent || own.length > 1) return undefined;
  const tenant = {
    Namespace: parent.Namespace || existing.entry.Namespace,
    Partition: parent.Partition || existing.entry.Partition,
  };
  const gateway = apiGateways.find(({ entry }) => entry.Name === name && isSameTenant(entry, tenant));
  return gateway && { route: existing, gateway, parent };
};

/** The HTTP listeners that the route asks for. */
const requestedListeners = ({ gateway, parent }: UnboundHttpRoute): ApiGateway['Listeners'] =>
  httpListeners(gateway).filter(({ Name }) => parent.SectionName === '' || parent.SectionName === Name);

const hostNamesOf = ({ entry: { Hostnames } }: Entry<HttpRoute>): readonly string[] =>
  Array.isArray(Hostnames) ? Hostnames.filter((name) => typeof name === 'string') : [];

const hostNameOf = ({ Hostname }: ApiGateway['Listeners'][number]): string =>
  typeof Hostname === 'string' ? Hostname : '';

const foreignHostsOf = (unboundRoute: UnboundHttpRoute): ForeignHosts | undefined =>
  findForeignHosts(hostNamesOf(unboundRoute.route), requestedListeners(unboundRoute).map(hostNameOf));

/** Binds the route to the listener, and keeps its other parents. */
const bindTo = ({ route, gateway, parent }: UnboundHttpRoute, listener: string): readonly Remediation[] => {
  const bound: HttpRoute = {
    ...route.entry,
    Parents: route.entry.Parents.map((one) => (one === parent ? { ...one, SectionName: listener } : one)),
  };
  return configEntryRemediation({
    title: `Bind ${route.entry.Name} to the listener ${listener} of ${gateway.entry.Name}`,
    entry: bound,
    existing: route,
  });
};

/**
 * Writes the entry of the gateway as it is. Where the gateway served the route before it was unbound, Consul 1.20.1 gives it the
 * listener again but not the services: it drops their discovery chains while no route calls them, and does not watch
 * them again. Calls are answered with 503, also after Envoy restarts, until the entry is written (seen with real traffic).
 */
const writeAgain = ({ gateway }: UnboundHttpRoute): readonly Remediation[] =>
  configEntryRemediation({
    title: `Then, if ${gateway.entry.Name} answers 503 where it served the route before: write its entry again as it is`,
    entry: gateway.entry,
    existing: gateway,
  });

/** Adds the host name of the only listener to those of the route. None for a wildcard, which routes cannot have. */
const addHostName = (
  unboundRoute: UnboundHttpRoute,
  { names, served }: ForeignHosts,
): readonly Remediation[] => {
  const { route, gateway } = unboundRoute;
  if (isFromGatewayApi(route.entry) || isFromGatewayApi(gateway.entry)) return [];
  const [name, ...others] = served;
  if (name === undefined || others.length > 0 || name.includes('*')) return [];
  const withName: HttpRoute = { ...route.entry, Hostnames: [...names, name] };
  return [
    ...configEntryRemediation({
      title: `Let ${route.entry.Name} answer for ${name} as well`,
      entry: withName,
      existing: route,
    }),
    ...writeAgain(unboundRoute),
  ];
};

/** Some of the names that Consul accepts for listeners. */
const listenerName = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/u;

const firstPort = 8080;

const freePort = (gateway: ApiGateway): number => {
  const taken = new Set(gateway.Listeners.map(({ Port }) => Port));
  let port = firstPort;
  while (taken.has(port)) port += 1;
  return port;
};

/** Adds the listener that the route names; under another name where Consul accepts that one for no HTTP listener. */
const addListener = (unboundRoute: UnboundHttpRoute): readonly Remediation[] => {
  const { entry } = unboundRoute.gateway;
  const { SectionName } = unboundRoute.parent;
  const taken = new Set(entry.Listeners.map(({ Name }) => Name));
  const isUsable = listenerName.test(SectionName) && !taken.has(SectionName);
  const name = isUsable ? SectionName : freshName('http', taken);
  const Port = freePort(entry);
  const served: ApiGateway = {
    ...entry,
    Listeners: [...entry.Listeners, { Name: name, Port, Protocol: 'http' }],
  };
  return [
    // First, since Consul writes the state of the route as soon as the listener is there: the index is another one then.
    ...(SectionName === '' || isUsable ? [] : bindTo(unboundRoute, name)),
    ...configEntryRemediation({
      title: `Add the HTTP listener ${name} on port ${Port} to ${entry.Name} (any port that is free there will do)`,
      entry: served,
      existing: unboundRoute.gateway,
    }),
  ];
};

/** False where it is not certain that a host name of the route is one of the listener. */
const sharesHost = (route: Entry<HttpRoute>, listener: ApiGateway['Listeners'][number]): boolean => {
  const names = hostNamesOf(route);
  return names.length === 0 || names.some((name) => isHostOf(hostNameOf(listener), name));
};

/** Binds the route to the listener that it means, or adds one. None where several could be meant. */
const listenerRemediation = (unboundRoute: UnboundHttpRoute): readonly Remediation[] => {
  if (isFromGatewayApi(unboundRoute.route.entry) || isFromGatewayApi(unboundRoute.gateway.entry)) return [];
  const fitting = httpListeners(unboundRoute.gateway);
  if (fitting.length === 0) return addListener(unboundRoute);
  const names = fitting.map(({ Name }) => Name);
  const near = findNearestName(unboundRoute.parent.SectionName, names);
  const meant = fitting.length === 1 ? fitting[0] : fitting.find(({ Name }) => Name === near);
  return meant && sharesHost(unboundRoute.route, meant)
    ? [...bindTo(unboundRoute, meant.Name), ...writeAgain(unboundRoute)]
    : [];
};

const listed = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');

const lacks = ({ gateway, parent: { SectionName } }: UnboundHttpRoute): string => {
  const { Name, Listeners } = gateway.entry;
  if (SectionName === '') return `${Name} has no HTTP listener`;
  return Listeners.some((listener) => listener.Name === SectionName)
    ? `its listener ${SectionName} is none for HTTP`
    : `${Name} has no listener ${SectionName}`;
};

const after503 =
  'A gateway that served the route before may answer 503 once the route is bound again, until the entry of the gateway is written again; a restart of its Envoy does not help';

/** A route that Consul does not bind to its gateway, which answers 404 or does not listen then. */
export const unboundFinding = (route: PeerRoute, entries: RouteEntries): Draft => {
  const { unbound, destination, gateway } = route;
  const isProtocol = unbound === 'InvalidDiscoveryChain';
  // Consul tells only that it does not bind a route. Where the entries do not say why, it is a certificate or a token.
  const unboundRoute = isProtocol ? undefined : entriesOf(route, entries);
  const isWithoutListener = unboundRoute !== undefined && requestedListeners(unboundRoute).length === 0;
  const foreign = unboundRoute && foreignHostsOf(unboundRoute);
  const why = isProtocol
    ? `, since the protocol of ${destination} does not suit it`
    : isWithoutListener
      ? `: ${lacks(unboundRoute)}. ${after503}`
      : foreign
        ? `: it answers for ${listed(foreign.names)}, and its listener for ${listed(foreign.served)} alone. ${after503}`
        : '';
  return {
    subject: routeSubject(route),
    message: `${routeLabel(route)} is not served: Consul does not bind it to a listener of ${gateway.name} (${unbound})${why}`,
    evidence: [upstreamEvidence(route), evidence(route.at, 'Status.Conditions[*].Reason', unbound)],
    remediation: () => {
      if (isWithoutListener) return listenerRemediation(unboundRoute);
      if (foreign) return addHostName(unboundRoute, foreign);
      return isProtocol && route.route.Kind === 'http-route'
        ? speaksHttp(
            route,
            entries.serviceDefaults,
            route.route.Partition,
            `If ${destination} speaks HTTP, say so`,
          )
        : [];
    },
  };
};
