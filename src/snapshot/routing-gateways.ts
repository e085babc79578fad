import type { Gathering } from './gathering';
import { omitUndefined } from '../omit-undefined';
import { criticalCheckNamesOfCaller, isOwnCheck } from './health';
import { readInstancesOfService } from './instances';
import { mapConcurrently } from './concurrency';
import { combineSections, rowsOf } from './section';
import type { RoutingGateway, Section } from './snapshot';

/** Reads the instances of API and ingress gateways that have an entry, which is what makes them call services. */
export const readRoutingGateways = async (
  gathering: Gathering,
): Promise<Section<readonly RoutingGateway[]>> => {
  const { sections } = gathering;
  const [api, ingress] = await Promise.all([sections.apiGateways(), sections.ingressGateways()]);
  const names = [...rowsOf(api), ...rowsOf(ingress)].map(({ entry }) => entry.Name);
  const found = await mapConcurrently([...new Set(names)], (name) => readInstancesOfService(gathering, name));
  return combineSections(
    found.flatMap(rowsOf).map(
      ({ at, Node, Service, Checks }): RoutingGateway => ({
        at,
        name: Service.Service,
        id: Service.ID,
        node: Node.Node,
        failing: criticalCheckNamesOfCaller(Checks),
        ...omitUndefined({ unchecked: !Checks.some(isOwnCheck) || undefined }),
      }),
    ),
    [api, ingress, ...found],
  );
};
