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

/** Changes consumers. A service that loses its last consumer is removed. */
const withConsumers = (
  entry: ExportedServices,
  change: (consumers: readonly Consumer[]) => readonly Consumer[],
): ExportedServices => ({
  ...entry,
  Services: entry.Services.flatMap((exported) => {
    const Consumers = [...change(exported.Consumers)];
    return Consumers.length > 0 || exported.Consumers.length === 0 ? [{ ...exported, Consumers }] : [];
  }),
});

/** Renames a peer everywhere; where the new name is already a consumer, the old one is removed. */
export const withPeerRenamed = (entry: ExportedServices, from: string, to: string): ExportedServices =>
  withConsumers(entry, (consumers) =>
    consumers.flatMap((consumer) => {
      if (consumer.Peer !== from) return [consumer];
      return consumers.some(({ Peer }) => Peer === to) ? [] : [{ ...consumer, Peer: to }];
    }),
  );

export const withoutPeer = (entry: ExportedServices, peer: string): ExportedServices =>
  withConsumers(entry, (consumers) => consumers.filter(({ Peer }) => Peer !== peer));

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
  const known = (consumers: readonly Consumer[], one: Consumer): boolean =>
    consumers.some((consumer) => JSON.stringify(consumer) === JSON.stringify(one));
  return {
    ...entry,
    Services: entry.Services.filter((exported) => exported !== renamed).map((exported) =>
      target(exported)
        ? {
            ...exported,
            Consumers: [
              ...exported.Consumers,
              ...renamed.Consumers.filter((one) => !known(exported.Consumers, one)),
            ],
          }
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
