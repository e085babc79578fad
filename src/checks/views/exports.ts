import type { ExportedServices } from '../../consul/wire';
import type { At, Entry, Section } from '../../snapshot/snapshot';
import { orDefault } from '../names';
import type { ViewSections } from '../views';
import { membersOf } from './sameness';
import { derive } from './derive';

/** A peer that a service is exported to. */
interface ExportConsumer {
  readonly peer: string;
  /** Where the entry names it. */
  readonly at: At;
  /** The sameness group that stands for it; empty where the entry names the peer itself. */
  readonly group: string;
}

/** One service of an `exported-services` entry, its consumers resolved to peers. */
export interface Export {
  readonly entry: Entry<ExportedServices>;
  /** Place of the service in the entry's `Services`. */
  readonly index: number;
  readonly at: At;
  readonly partition: string;
  /** `*` stands for all services. */
  readonly service: string;
  readonly namespace: string;
  readonly wildcard: boolean;
  readonly consumers: readonly ExportConsumer[];
  /** Sameness groups that could not be resolved to peers, as they are unseen or do not exist. */
  readonly unresolved: readonly string[];
}

const join = (at: At, path: string): At => ({
  endpoint: at.endpoint,
  path: at.path ? `${at.path}.${path}` : path,
});

/** What this cluster declares for its peers. Consumers that are partitions are no peers and are left out. */
export const exportsOf = (views: ViewSections): Section<readonly Export[]> =>
  derive(views, ['exportedServices'], ({ exportedServices }, look) =>
    exportedServices.flatMap((entry) =>
      entry.entry.Services.map((service, index): Export => {
        const consumers: ExportConsumer[] = [];
        const unresolved: string[] = [];
        for (const [place, consumer] of service.Consumers.entries()) {
          const at = join(entry.at, `Services[${index}].Consumers[${place}]`);
          if (consumer.Peer) consumers.push({ peer: consumer.Peer, at, group: '' });
          const group = consumer.SamenessGroup;
          if (!group) continue;
          const members = membersOf(look('samenessGroups'), group, entry.entry.Partition);
          if (!members) unresolved.push(group);
          for (const member of members ?? []) {
            if (member.Peer) consumers.push({ peer: member.Peer, at, group });
          }
        }
        return {
          entry,
          index,
          at: join(entry.at, `Services[${index}]`),
          partition: orDefault(entry.entry.Partition),
          service: service.Name,
          namespace: orDefault(service.Namespace),
          wildcard: service.Name === '*',
          consumers,
          unresolved,
        };
      }),
    ),
  );
