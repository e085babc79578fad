import type { IngressGateway, ServiceDefaults } from '../../consul/wire';
import type { Remediation, Subject } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import type { Draft } from '../define';
import type { GatewayRoute, PeerRoute } from '../model';
import { orDefault, serviceKey } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { entriesByService } from '../traffic/discovery-chain';
import { upstreamEvidence } from '../traffic/upstream-evidence';
import { routeLabel } from '../views/gateway-routes';
import { omitUndefined } from '../../omit-undefined';

/** `api-gateway front → api` */
export const routeSubject = ({ gateway, destination }: GatewayRoute): Subject => ({
  kind: gateway.kind,
  name: `${gateway.name} → ${destination}`,
});

/** Serves the listener over HTTP, if that is what the service speaks. */
const overHttp = (
  { destination, namespace }: PeerRoute,
  entry: IngressGateway,
  defaults: readonly Entry<ServiceDefaults>[],
): readonly Remediation[] => {
  const existing = entriesByService(defaults, orDefault(entry.Partition)).get(
    serviceKey(destination, namespace),
  );
  const own: ServiceDefaults = existing?.entry ?? {
    Kind: 'service-defaults',
    Name: destination,
    Protocol: '',
    Mode: '',
    ...omitUndefined({ Namespace: namespace === 'default' ? undefined : namespace }),
  };
  const withHttp: ServiceDefaults = { ...own, Protocol: 'http' };
  const served: IngressGateway = {
    ...entry,
    Listeners: entry.Listeners.map((listener) =>
      (listener.Protocol || 'tcp') === 'tcp' && listener.Services.some(({ Name }) => Name === destination)
        ? {
            ...listener,
            Protocol: 'http',
            Services: listener.Services.map((service) => ({ ...service, Hosts: ['*'] })),
          }
        : listener,
    ),
  };
  return [
    ...configEntryRemediation({
      title: `If ${destination} speaks HTTP, first say so`,
      entry: withHttp,
      existing,
    }),
    ...configEntryRemediation({ title: 'Then serve it on an HTTP listener', entry: served }),
  ];
};

/** A TCP listener that leads to a peer, which takes the whole gateway down. */
export const unservedFinding = (
  route: PeerRoute,
  serviceDefaults: readonly Entry<ServiceDefaults>[],
): Draft => ({
  subject: routeSubject(route),
  message: `${routeLabel(route)} leads to ${route.peer} over TCP: Consul cannot serve that, and gives ${route.gateway.name} no configuration at all when its Envoy starts, for no listener. A listener of another protocol works; if its Envoy has ended meanwhile, start it again`,
  evidence: [upstreamEvidence(route), ...route.target.trail],
  remediation: route.route.Kind === 'ingress-gateway' ? overHttp(route, route.route, serviceDefaults) : [],
});
