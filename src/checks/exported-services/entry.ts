import type { ExportedServices } from '../../consul/wire';
import type { Entry } from '../../snapshot/snapshot';
import { exactKey, orDefault } from '../names';

/** Changes of `exported-services` entries: each gives a new entry that keeps all that it is not about. */

type Exported = ExportedServices['Services'][number];
type Consumer = Exported['Consumers'][number];

/** A service to export, and to whom. */
export interface Wanted {
  readonly service: string;
  readonly namespace: string;
  readonly peer: string;
}

/** The entry of a partition; there is one at most, which has the partition's name. */
export const entryOf = (
  entries: readonly Entry<ExportedServices>[],
  partition: string | undefined,
): Entry<ExportedServices> | undefined =>
  entries.find(({ entry }) => orDefault(entry.Partition || entry.Name) === orDefault(partition));

const isService =
  ({ service, namespace }: Pick<Wanted, 'service' | 'namespace'>) =>
  (exported: Exported): boolean =>
    exactKey(exported.Name, exported.Namespace) === exactKey(service, namespace);

const namespaced = (namespace: string): { readonly Namespace?: string } =>
  orDefault(namespace) === 'default' ? {} : { Namespace: namespace };

/** Exports a service to a peer, in the entry that is there or in a new one for the partition. */
export const withExport = (
  existing: ExportedServices | undefined,
  partition: string | undefined,
  wanted: Wanted,
): ExportedServices => {
  const name = orDefault(partition);
  const fresh = { Kind: 'exported-services', Name: name, Services: [] } as const;
  const entry = existing ?? (name === 'default' ? fresh : { ...fresh, Partition: name });
  const consumer = { Peer: wanted.peer };
  const added = { Name: wanted.service, ...namespaced(wanted.namespace), Consumers: [consumer] };
  const same = isService(wanted);
  return {
    ...entry,
    Services: entry.Services.some(same)
      ? entry.Services.map((exported) =>
          same(exported) ? { ...exported, Consumers: [...exported.Consumers, consumer] } : exported,
        )
      : [...entry.Services, added],
  };
};

/** A service that loses its last consumer is not exported any more, and goes. */
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

/** Puts another name in a peer's place everywhere; where that one is a consumer already, the old one goes. */
export const withPeerRenamed = (entry: ExportedServices, from: string, to: string): ExportedServices =>
  withConsumers(entry, (consumers) =>
    consumers.flatMap((consumer) => {
      if (consumer.Peer !== from) return [consumer];
      return consumers.some(({ Peer }) => Peer === to) ? [] : [{ ...consumer, Peer: to }];
    }),
  );

export const withoutPeer = (entry: ExportedServices, peer: string): ExportedServices =>
  withConsumers(entry, (consumers) => consumers.filter(({ Peer }) => Peer !== peer));

/** Gives a service another name; the consumers of a service that has that name already are joined to it. */
export const withServiceRenamed = (
  entry: ExportedServices,
  service: Pick<Wanted, 'service' | 'namespace'>,
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
  service: Pick<Wanted, 'service' | 'namespace'>,
): ExportedServices => {
  const gone = isService(service);
  return { ...entry, Services: entry.Services.filter((exported) => !gone(exported)) };
};
