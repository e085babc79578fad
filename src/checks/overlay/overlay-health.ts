import type { AgentService } from '../../consul/wire';
import { partial, rowsOf } from '../../snapshot/section';
import type { ExportedServiceHealth, Section, Snapshot } from '../../snapshot/snapshot';
import { sidecarProtocols } from '../../snapshot/sidecar-protocols';
import { omitUndefined } from '../../omit-undefined';
import { orDefault } from '../names';
import { protocolsOf } from '../traffic/protocols';

/** Instances of one service among registrations: its own, and those that stand for it in the mesh. */
const countsOf = (name: string, services: readonly AgentService[]) => ({
  own: services.filter(({ Service, Kind }) => Service === name && Kind === '').length,
  native: services.filter(({ Service, Connect }) => Service === name && Connect?.Native === true).length,
  proxies: services.filter(
    ({ Kind, Proxy }) => Kind === 'connect-proxy' && Proxy?.DestinationServiceName === name,
  ).length,
});

/**
 * Returns the protocols that sidecars are registered with. One that equals what central configuration gave is assumed to
 * come from there, and changes with it.
 */
const protocolsAfter = (
  row: ExportedServiceHealth,
  protocolBefore: ReturnType<typeof protocolsOf>,
  services: readonly AgentService[],
): Pick<ExportedServiceHealth, 'protocols'> => {
  const registered = services.filter(
    ({ Kind, Proxy }) => Kind === 'connect-proxy' && Proxy?.DestinationServiceName === row.name,
  );
  if (registered.length > 0 && registered.length >= row.inMesh)
    return sidecarProtocols(registered.map((Service) => ({ Service })));
  const { protocols = [] } = row;
  const given = protocolBefore(row.name, orDefault(row.namespace));
  return protocols.every((one) => one === '' || one === (given.visible ? given.value : ''))
    ? {}
    : { protocols };
};

/** Adds the instances that an overlay registers, which are assumed to pass. */
const withRegistered = (
  { protocols, ...row }: ExportedServiceHealth,
  protocolBefore: ReturnType<typeof protocolsOf>,
  services: readonly AgentService[],
): ExportedServiceHealth => {
  const { own, native, proxies } = countsOf(row.name, services);
  const isAdded = own > 0 && row.instances === 0;
  const inMesh = Math.max(row.inMesh, native + proxies);
  return {
    ...row,
    ...protocolsAfter({ ...row, ...omitUndefined({ protocols }) }, protocolBefore, services),
    instances: Math.max(row.instances, own),
    passing: isAdded ? own : row.passing,
    native: Math.max(row.native, native),
    inMesh,
  };
};

/**
 * Returns the health of exported services with the changes applied. A service that the snapshot does not show is not
 * registered if its name is not in the catalog; else its health is unknown.
 */
export const overlayHealth = (
  section: Section<readonly ExportedServiceHealth[]>,
  before: Snapshot,
  after: Snapshot,
  services: readonly AgentService[],
): Section<readonly ExportedServiceHealth[]> => {
  if (section.visibility === 'hidden') return section;
  const read = new Set(section.value.map(({ name }) => name));
  const names = rowsOf(after.sections.serviceNames).map(({ name }) => name);
  const added = new Set(services.map(({ Service }) => Service));
  const missing = [
    ...new Set(
      rowsOf(after.sections.exportedServices)
        .flatMap(({ entry }) => entry.Services.map(({ Name }) => Name))
        .filter((name) => name !== '*' && name !== 'consul' && !read.has(name)),
    ),
  ];
  const protocolBefore = protocolsOf(before.sections);
  const isKnown = (name: string): boolean => added.has(name) || !names.includes(name);
  const rows = [
    ...section.value,
    ...missing.filter(isKnown).map((name): ExportedServiceHealth => {
      const other = names.find((one) => one.toLowerCase() === name.toLowerCase());
      return {
        endpoint: `/v1/health/connect/${name}`,
        name,
        instances: 0,
        passing: 0,
        native: 0,
        inMesh: 0,
        ...omitUndefined({ registeredAs: other === undefined || other === name ? undefined : other }),
      };
    }),
  ].map((row) => withRegistered(row, protocolBefore, services));
  const unread = missing.filter((name) => !isKnown(name));
  return unread.length === 0
    ? { ...section, value: rows }
    : partial(rows, {
        kind: 'not-gathered',
        endpoint: '',
        message: `The snapshot does not show the health of ${unread.slice(0, 3).join(', ')}, which ${unread.length === 1 ? 'was' : 'were'} not exported when it was taken`,
      });
};
