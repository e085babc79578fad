import type { ExportedServices } from '../../consul/wire';
import type { Entry } from '../../snapshot/snapshot';
import { exactKey, orDefault } from '../names';

/** Changes `exported-services` entries: each function returns a new entry and keeps everything else in it. */

type Exported = ExportedServices['Services'][number];
type Consumer = Exported['Consumers'][number];

/** A service and the peer to export it to. */
export interface ServiceExport {
  readonly service: string;
  readonly namespace: string;
  readonly peer: string;
}

/** Returns the entry of a partition; there is at most one, named after the partition. */
export const exportsEntryOf = (
  entries: readonly Entry<ExportedServices>[],
  partition: string | undefined,
): Entry<ExportedServices> | undefined =>
  entries.find(({ entry }) => orDefault(entry.Partition || entry.Name) === orDefault(partition));

const isService =
  ({ service, namespace }: Pick<ServiceExport, 'service' | 'namespace'>) =>
  (exported: Exported): boolean =>
    exactKey(exported.Name, exported.Namespace) === exactKey(service, namespace);

/** Exports a service to a peer, in the existing entry or in a new one for the partition. */
export const withExport = (
  existing: ExportedServices | undefined,
  partition: string | undefined,
  { service, namespace, peer }: ServiceExport,
): ExportedServices => {
  const name = orDefault(partition);
  const fresh = { Kind: 'exported-services', Name: name, Services: [] } as const;
  const entry = existing ?? (name === 'default' ? fresh : { ...fresh, Partition: name });
  const consumer = { Peer: peer };
  const added = {
    Name: service,
    Namespace: orDefault(namespace) === 'default' ? undefined : namespace,
    Consumers: [consumer],
  };
  const same = isService({ service, namespace });
  return {
    ...entry,
    Services: entry.Services.some(same)
      ? entry.Services.map((exported) =>
          same(exported) ? { ...exported, Consumers: [...exported.Consumers, consumer] } : exported,
        )
      : [...entry.Services, added],
  };
};

/** Changes consumers, where a function returns others. A service that loses its last consumer is removed. */
const withConsumers = (
  entry: ExportedServices,
  change: (consumers: readonly Consumer[]) => readonly Consumer[],
): ExportedServices => ({
  ...entry,
  Services: entry.Services.flatMap((exported) => {
    const changed = change(exported.Consumers);
    if (changed === exported.Consumers) return [exported];
    return changed.length > 0 ? [{ ...exported, Consumers: [...changed] }] : [];
  }),
});

/** Renames consumers of a kind, and removes those without a new name, or whose new name is already a consumer. */
const withConsumersRenamed = (
  entry: ExportedServices,
  field: 'Peer' | 'SamenessGroup',
  names: ReadonlyMap<string, string | undefined>,
): ExportedServices =>
  withConsumers(entry, (consumers) => {
    const nameOf = (consumer: Consumer): string => consumer[field] ?? '';
    if (!consumers.some((consumer) => names.has(nameOf(consumer)))) return consumers;
    const taken = new Set(consumers.map(nameOf));
    return consumers.flatMap((consumer) => {
      if (!names.has(nameOf(consumer))) return [consumer];
      const name = names.get(nameOf(consumer));
      if (name === undefined || taken.has(name)) return [];
      taken.add(name);
      return [{ ...consumer, [field]: name }];
    });
  });

/** Renames peers everywhere. */
export const withPeersRenamed = (
  entry: ExportedServices,
  names: ReadonlyMap<string, string | undefined>,
): ExportedServices => withConsumersRenamed(entry, 'Peer', names);

/** Renames sameness groups everywhere. */
export const withGroupsRenamed = (
  entry: ExportedServices,
  names: ReadonlyMap<string, string | undefined>,
): ExportedServices => withConsumersRenamed(entry, 'SamenessGroup', names);

const withoutRepeats = (consumers: readonly Consumer[]): Consumer[] => [
  ...new Map(consumers.map((consumer) => [JSON.stringify(consumer), consumer])).values(),
];

/** Renames a service; its consumers are added to those of a service that already has the new name. */
export const withServiceRenamed = (
  entry: ExportedServices,
  service: Pick<ServiceExport, 'service' | 'namespace'>,
  to: string,
): ExportedServices => {
  const renamed = entry.Services.find(isService(service));
  const target = isService({ ...service, service: to });
  if (!renamed) return entry;
  if (!entry.Services.some(target)) {
    return {
      ...entry,
      Services: entry.Services.map((exported) =>
        exported === renamed ? { ...exported, Name: to } : exported,
      ),
    };
  }
  return {
    ...entry,
    Services: entry.Services.filter((exported) => exported !== renamed).map((exported) =>
      target(exported)
        ? { ...exported, Consumers: withoutRepeats([...exported.Consumers, ...renamed.Consumers]) }
        : exported,
    ),
  };
};

export const withoutService = (
  entry: ExportedServices,
  service: Pick<ServiceExport, 'service' | 'namespace'>,
): ExportedServices => {
  const gone = isService(service);
  return { ...entry, Services: entry.Services.filter((exported) => !gone(exported)) };
};
