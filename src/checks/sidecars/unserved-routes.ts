import type { ApiGateway, HttpRoute, IngressGateway, ServiceDefaults, TcpRoute } from '../../consul/wire';
import type { Remediation, Subject } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import type { Draft } from '../define';
import type { GatewayRoute, PeerRoute } from '../model';
import { orDefault, serviceKey } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { command, shellRemediation } from '../remediation/shell';
import { entriesByService } from '../traffic/discovery-chain';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { routeLabel } from '../views/gateway-routes';
import { omitUndefined } from '../../omit-undefined';

/** The entries of gateways and their routes, and what services speak. */
export interface RouteEntries {
  readonly serviceDefaults: readonly Entry<ServiceDefaults>[];
  readonly apiGateways: readonly Entry<ApiGateway>[];
  readonly tcpRoutes: readonly Entry<TcpRoute>[];
  readonly httpRoutes: readonly Entry<HttpRoute>[];
}

/** `api-gateway front → api` */
export const routeSubject = ({ gateway, destination }: GatewayRoute): Subject => ({
  kind: gateway.kind,
  name: `${gateway.name} → ${destination}`,
});

/** Says that the service speaks HTTP. Everything else in its defaults stays. */
export const speaksHttp = (
  { destination, namespace }: PeerRoute,
  defaults: readonly Entry<ServiceDefaults>[],
  partition: string | undefined,
  title = `If ${destination} speaks HTTP, first say so`,
): readonly Remediation[] => {
  const existing = entriesByService(defaults, orDefault(partition)).get(serviceKey(destination, namespace));
  const own: ServiceDefaults = existing?.entry ?? {
    Kind: 'service-defaults',
    Name: destination,
    Protocol: '',
    Mode: '',
    ...omitUndefined({ Namespace: namespace === 'default' ? undefined : namespace }),
  };
  const withHttp: ServiceDefaults = { ...own, Protocol: 'http' };
  return configEntryRemediation({
    title,
    entry: withHttp,
    existing,
  });
};

const serveTitle = 'Then serve it on an HTTP listener';

/** Serves the listener over HTTP, if that is what the service speaks. */
const listenerOverHttp = (
  route: PeerRoute,
  entry: IngressGateway,
  { serviceDefaults }: RouteEntries,
): readonly Remediation[] => {
  const served: IngressGateway = {
    ...entry,
    Listeners: entry.Listeners.map((listener) =>
      (listener.Protocol || 'tcp') === 'tcp' &&
      listener.Services.some(({ Name }) => Name === route.destination)
        ? {
            ...listener,
            Protocol: 'http',
            Services: listener.Services.map((service) => ({ ...service, Hosts: ['*'] })),
          }
        : listener,
    ),
  };
  return [
    ...speaksHttp(route, serviceDefaults, entry.Partition),
    ...configEntryRemediation({ title: serveTitle, entry: served }),
  ];
};

/** Returns the name, with a number if it is taken. */
export const freshName = (name: string, taken: ReadonlySet<string>): string => {
  let fresh = name;
  for (let n = 2; taken.has(fresh); n++) fresh = `${name}-${n}`;
  return fresh;
};

/**
 * Replaces a TCP route with an HTTP route on the same listeners, if the service speaks HTTP. None where another TCP route
 * may be bound to one of them.
 */
const routeOverHttp = (
  route: PeerRoute,
  entry: TcpRoute,
  { serviceDefaults, apiGateways, tcpRoutes, httpRoutes }: RouteEntries,
): readonly Remediation[] => {
  const gateway = apiGateways.find(
    (one) =>
      one.entry.Name === route.gateway.name &&
      orDefault(one.entry.Namespace) === orDefault(entry.Namespace) &&
      orDefault(one.entry.Partition) === orDefault(entry.Partition),
  );
  const isOnlyParent = entry.Parents.every(({ Name }) => Name === route.gateway.name);
  const isShared = tcpRoutes.some(
    (one) =>
      one.entry.Name !== entry.Name && one.entry.Parents.some(({ Name }) => Name === route.gateway.name),
  );
  if (!gateway || !isOnlyParent || isShared) return [];
  const sections = new Set(entry.Parents.map(({ SectionName }) => SectionName));
  const served: ApiGateway = {
    ...gateway.entry,
    Listeners: gateway.entry.Listeners.map((listener) =>
      listener.Protocol === 'tcp' && (sections.has('') || sections.has(listener.Name))
        ? { ...listener, Protocol: 'http' }
        : listener,
    ),
  };
  const { Kind: _, Name, Services, ...kept } = entry;
  const taken = new Set(httpRoutes.map((one) => one.entry.Name));
  const replaced: HttpRoute = {
    ...kept,
    Kind: 'http-route',
    Name: freshName(Name, taken),
    Rules: [{ Matches: [{ Path: { Match: 'prefix', Value: '/' } }], Services }],
  };
  const tenancy = [
    ...(entry.Partition ? ['-partition', entry.Partition] : []),
    ...(entry.Namespace ? ['-namespace', entry.Namespace] : []),
  ];
  return [
    ...speaksHttp(route, serviceDefaults, entry.Partition),
    ...configEntryRemediation({ title: serveTitle, entry: served, existing: gateway }),
    ...configEntryRemediation({ title: 'Then route it with an HTTP route', entry: replaced }),
    ...shellRemediation(
      `Last, delete the TCP route ${Name}`,
      command(['consul', 'config', 'delete', ...tenancy, '-kind', 'tcp-route', '-name', Name]),
    ),
  ];
};

const overHttp = (route: PeerRoute, entries: RouteEntries): readonly Remediation[] => {
  if (route.route.Kind === 'ingress-gateway') return listenerOverHttp(route, route.route, entries);
  return route.route.Kind === 'tcp-route' ? routeOverHttp(route, route.route, entries) : [];
};

/** A TCP listener that resolves to a peer, which takes the whole gateway down. */
export const unservedFinding = (route: PeerRoute, entries: RouteEntries): Draft => ({
  subject: routeSubject(route),
  message: `${routeLabel(route)} resolves to ${route.peer} over TCP: Consul cannot serve that. When the Envoy of ${route.gateway.name} starts, it gets no configuration, so none of its listeners works. Use a listener of another protocol; if the Envoy has ended meanwhile, start it again`,
  evidence: [upstreamEvidence(route), ...route.target.trail],
  remediation: () => overHttp(route, entries),
});
