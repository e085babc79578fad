import type { Peering, ResolvedExport } from '../../consul/wire';
import { declaredFor } from '../../snapshot/replication';
import { mapSection, rowsOf } from '../../snapshot/section';
import type { OtherSide, Section, Snapshot } from '../../snapshot/snapshot';
import { membersOf } from '../traffic/sameness-groups';

/** Names of services that a wildcard does not export. */
const unexported = ({ sections }: Snapshot): ReadonlySet<string> =>
  new Set([
    'consul',
    ...rowsOf(sections.gateways).map(({ Service }) => Service.Service),
    ...rowsOf(sections.sidecars).map(({ service }) => service),
  ]);

/** Resolves `exported-services` entries as Consul does: wildcards by the catalog, and sameness groups by their members. */
export const resolveExports = (after: Snapshot): Section<readonly ResolvedExport[]> => {
  const { sections, cluster } = after;
  const without = unexported(after);
  const known = rowsOf(sections.serviceNames)
    .map(({ name }) => name)
    .filter((name) => !without.has(name) && !name.endsWith('-sidecar-proxy'));
  return mapSection(sections.exportedServices, (entries) => {
    const peers = new Map<string, Set<string>>();
    for (const { entry } of entries) {
      for (const { Name, Consumers } of entry.Services) {
        const named = Consumers.flatMap(({ Peer, SamenessGroup }) => [
          ...(Peer ? [Peer] : []),
          ...(SamenessGroup
            ? (membersOf(rowsOf(sections.samenessGroups), SamenessGroup, cluster.partition) ?? []).flatMap(
                (member) => member.Peer || [],
              )
            : []),
        ]);
        for (const service of Name === '*' ? known : [Name]) {
          if (service === 'consul') continue;
          peers.set(service, new Set([...(peers.get(service) ?? []), ...named]));
        }
      }
    }
    return [...peers]
      .filter(([, names]) => names.size > 0)
      .map(([Service, names]) => ({ Service, Consumers: { Peers: [...names], Partitions: [] } }));
  });
};

/** Services that Consul puts into the stream of a peering: those that are declared for it. */
const streamed = (peering: Peering, exports: readonly ResolvedExport[]): readonly string[] =>
  declaredFor(peering.Name, exports);

/** Returns peerings whose streams carry the exports. A peering that is not ACTIVE stays as it is. */
export const streamExports = (
  after: Snapshot,
  exports: Section<readonly ResolvedExport[]>,
): Snapshot['sections']['peerings'] =>
  exports.visibility !== 'visible'
    ? after.sections.peerings
    : mapSection(after.sections.peerings, (peerings) => ({
        ...peerings,
        list: peerings.list.map((peering) =>
          peering.State === 'ACTIVE' && peering.StreamStatus
            ? {
                ...peering,
                StreamStatus: {
                  ...peering.StreamStatus,
                  ExportedServices: [...streamed(peering, exports.value)],
                },
              }
            : peering,
        ),
      }));

/** Returns the other sides after the streams of this cluster have updated them. */
export const streamToOtherSides = (
  { sections }: Snapshot,
  before: Snapshot,
): Snapshot['sections']['otherSides'] => {
  const own = sections.peerings.visibility === 'hidden' ? [] : sections.peerings.value.list;
  const earlier = before.sections.peerings.visibility === 'hidden' ? [] : before.sections.peerings.value.list;
  const updated = (side: OtherSide): OtherSide => {
    const peering = own.find(({ Name }) => Name === side.peer);
    const old = earlier.find(({ Name }) => Name === side.peer);
    if (peering === undefined || peering.State !== 'ACTIVE') return side;
    const exported = peering.StreamStatus?.ExportedServices ?? [];
    const ended = (old?.StreamStatus?.ExportedServices ?? []).filter((name) => !exported.includes(name));
    const snapshot = mapSection(side.snapshot, (far) => {
      const isEnd = ({ ID, PeerID }: Peering): boolean =>
        peering.PeerID === '' ? PeerID === peering.ID : ID === peering.PeerID;
      const end =
        far.sections.peerings.visibility === 'hidden'
          ? undefined
          : far.sections.peerings.value.list.find(isEnd);
      return {
        ...far,
        sections: {
          ...far.sections,
          peerings: mapSection(far.sections.peerings, (peerings) => ({
            ...peerings,
            list: peerings.list.map((one) =>
              isEnd(one) && one.StreamStatus
                ? { ...one, StreamStatus: { ...one.StreamStatus, ImportedServices: exported } }
                : one,
            ),
          })),
          importedServices: mapSection(far.sections.importedServices, (rows) =>
            rows.map((row) =>
              row.peer === end?.Name && ended.includes(row.service)
                ? { ...row, instances: 0, passing: 0, failing: [], addresses: [] }
                : row,
            ),
          ),
        },
      };
    });
    return { ...side, snapshot };
  };
  return mapSection(sections.otherSides, (sides) => sides.map(updated));
};
