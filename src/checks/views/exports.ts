import { rowsOf } from '../../snapshot/section';
import type { SourceLocation } from '../../snapshot/snapshot';
import type { Export, ExportConsumer } from '../model';
import { orDefault } from '../names';
import { membersOf } from '../traffic/sameness-groups';
import { defineView } from '../view';

const join = (at: SourceLocation, path: string): SourceLocation => ({
  endpoint: at.endpoint,
  path: at.path ? `${at.path}.${path}` : path,
});

/**
 * Keeps what concerns one peer. A consumer that is not a peering stays: the name may be a misspelling of this
 * peer. A service without any consumer left does not concern it.
 */
const exportsTo = (exports: readonly Export[], peer: string, known: readonly string[]): readonly Export[] =>
  exports
    .map((row) => ({
      ...row,
      consumers: row.consumers.filter((consumer) => consumer.peer === peer || !known.includes(consumer.peer)),
    }))
    .filter((row) => row.consumers.length > 0 || row.unresolved.length > 0);

/** The exports that this cluster declares. Consumers that are partitions are no peers and are left out. */
export const allExportsView = defineView({
  name: 'allExports',
  description:
    'what is exported to which peers, even when the run is narrowed to one: `/v1/config/exported-services`, `/v1/config/sameness-group`',
  needs: ['exportedServices'],
  optional: ['samenessGroups'],
  compute: (values, { rely }) =>
    values.exportedServices.flatMap((entry) =>
      entry.entry.Services.map((service, index): Export => {
        const consumers: ExportConsumer[] = [];
        const unresolved: string[] = [];
        for (const [position, consumer] of service.Consumers.entries()) {
          const at = join(entry.at, `Services[${index}].Consumers[${position}]`);
          if (consumer.Peer) consumers.push({ peer: consumer.Peer, at, group: '' });
          const group = consumer.SamenessGroup;
          if (!group) continue;
          const members = membersOf(rely(values.samenessGroups), group, entry.entry.Partition);
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
});

/** The exports that this cluster declares, to the peer that the run is narrowed to. */
export const exportsView = defineView({
  name: 'exports',
  description:
    'what is exported to which peers, sameness groups resolved: `/v1/config/exported-services`, `/v1/config/sameness-group`',
  needs: [allExportsView, 'peer'],
  optional: ['peerNames'],
  compute: ({ allExports, peer, peerNames }) =>
    peer === undefined ? allExports : exportsTo(allExports, peer, rowsOf(peerNames)),
});
