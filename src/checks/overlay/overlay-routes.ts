import type { ApiGateway, HttpRoute, TcpRoute } from '../../consul/wire';
import { mapSection, rowsOf } from '../../snapshot/section';
import type { Entry, Section, Snapshot } from '../../snapshot/snapshot';
import { changesKinds } from './overlay-sections';
import type { OverlayChange } from './overlay-change';
import { protocolOf } from './overlay-chains';

/**
 * The status that Consul would give routes of API gateways. Source: `reconcileRoute` and `updateRouteBinding` of
 * `agent/consul/gateways/controller_gateways.go` in Consul 1.20.1. Host names and JWTs are not looked at.
 */

type Route = HttpRoute | TcpRoute;

const servicesOf = (route: Route): readonly string[] =>
  (route.Kind === 'http-route' ? route.Rules.flatMap(({ Services }) => Services) : route.Services).map(
    ({ Name }) => Name,
  );

const isGateway =
  (name: string) =>
  ({ entry }: Entry<ApiGateway>): boolean =>
    entry.Name === name;

/** The conditions of a route: `Accepted` by the protocols of its services, and `Bound` by the listeners of each parent. */
const statusOf = (route: Route, after: Snapshot): NonNullable<Route['Status']> => {
  const protocol = route.Kind === 'http-route' ? 'http' : 'tcp';
  const isAccepted = servicesOf(route).every((service) => protocolOf(service, '', after) === protocol);
  const condition = (Type: string, is: boolean, reasons: readonly [string, string]) => ({
    Type,
    Status: is ? 'True' : 'False',
    Reason: is ? reasons[0] : reasons[1],
  });
  const bound = route.Parents.filter(({ Kind }) => Kind === '' || Kind === 'api-gateway').map((parent) => {
    const gateway = rowsOf(after.sections.apiGateways).find(isGateway(parent.Name));
    const serves = gateway?.entry.Listeners.some(
      ({ Name, Protocol }) =>
        (parent.SectionName === '' || parent.SectionName === Name) && Protocol === protocol,
    );
    return {
      ...condition('Bound', isAccepted && serves === true, [
        'Bound',
        gateway ? 'FailedToBind' : 'GatewayNotFound',
      ]),
      Resource: parent,
    };
  });
  return {
    Conditions: [condition('Accepted', isAccepted, ['Accepted', 'InvalidDiscoveryChain']), ...bound],
  };
};

/** Returns routes with the status that they would have, if the changes are about them, their gateways or their services. */
export const overlayRoutes = (
  after: Snapshot,
  changes: readonly OverlayChange[],
): Pick<Snapshot['sections'], 'httpRoutes' | 'tcpRoutes'> => {
  const changed = new Set(
    changes.flatMap((change) => (change.type === 'register' ? [] : [`${change.kind}/${change.name}`])),
  );
  const isAffected = (route: Route): boolean =>
    changesKinds(changes, ['proxy-defaults']) ||
    changed.has(`${route.Kind}/${route.Name}`) ||
    route.Parents.some(({ Name }) => changed.has(`api-gateway/${Name}`)) ||
    servicesOf(route).some((name) => changed.has(`service-defaults/${name}`));
  const withStatus = <R extends Route>(section: Section<readonly Entry<R>[]>): Section<readonly Entry<R>[]> =>
    mapSection(section, (rows) =>
      rows.map((row) =>
        isAffected(row.entry) ? { ...row, entry: { ...row.entry, Status: statusOf(row.entry, after) } } : row,
      ),
    );
  return {
    httpRoutes: withStatus(after.sections.httpRoutes),
    tcpRoutes: withStatus(after.sections.tcpRoutes),
  };
};
