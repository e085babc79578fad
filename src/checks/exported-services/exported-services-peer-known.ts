import type { ExportedServices } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { Entry, Section, SourceLocation } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleExports } from '../examples/parts';
import type { Inputs } from '../inputs';
import { consulDocs } from '../links';
import type { Export } from '../model';
import { orDefault, serviceLabel } from '../names';
import { findNearestName } from '../../find-nearest-name';
import { configEntryRemediation } from '../remediation/config-entry';
import { exportsView } from '../views/exports';
import { hasPeeringsView, noPeerings } from '../views/has-peerings';
import { remoteUpstreamsView } from '../views/remote-upstreams';
import { withGroupsRenamed, withPeersRenamed } from './change-entry';
import { withSourcePeerRenamed } from './change-intentions';
import { intendedPeer } from './intended-peer';

/** A consumer of one entry that is not a peering, with the services that are exported to it. */
interface UnknownConsumer {
  readonly peer: string;
  readonly group: string;
  readonly entry: Entry<ExportedServices>;
  readonly rows: Export[];
  /** The first places that name it. */
  readonly shown: SourceLocation[];
}

/** Maximum services in the evidence of one consumer. */
const maxServices = 5;

const unknownConsumers = (
  exports: readonly Export[],
  peerNames: readonly string[],
): readonly UnknownConsumer[] => {
  const known = new Set(peerNames);
  const found = new Map<string, UnknownConsumer>();
  for (const row of exports) {
    for (const { peer, group, at } of row.consumers) {
      if (known.has(peer)) continue;
      const key = JSON.stringify([row.entry.entry.Partition, row.entry.entry.Name, group, peer]);
      const consumer = found.get(key) ?? { peer, group, entry: row.entry, rows: [], shown: [] };
      if (consumer.rows.at(-1) !== row) consumer.rows.push(row);
      if (consumer.shown.length < maxServices) consumer.shown.push(at);
      found.set(key, consumer);
    }
  }
  return [...found.values()];
};

const listServices = (rows: readonly Export[]): string => {
  const services = rows.map(({ service, namespace }) => serviceLabel(service, namespace));
  return services.length > 3 ? `${services.length} services` : services.join(', ');
};

const isOnlyConsumer = (row: Export): boolean => row.entry.entry.Services[row.index]?.Consumers.length === 1;

const groupRemediation = (
  { peer, group, entry: { entry: exports } }: UnknownConsumer,
  near: string | undefined,
  groups: Inputs['samenessGroups'],
): readonly Remediation[] => {
  const existing = groups.find(
    ({ entry }) => entry.Name === group && orDefault(entry.Partition) === orDefault(exports.Partition),
  );
  if (!existing) return [];
  const Members = existing.entry.Members.flatMap((member) => {
    if (member.Peer !== peer) return [member];
    return near === undefined ? [] : [{ ...member, Peer: near }];
  });
  return configEntryRemediation({
    title: near === undefined ? `Remove ${peer} from ${group}` : `Replace ${peer} with ${near} in ${group}`,
    entry: { ...existing.entry, Members } as typeof existing.entry,
    existing,
  });
};

const entryRemediation = (
  { peer, entry: existing }: UnknownConsumer,
  near: string | undefined,
): readonly Remediation[] =>
  configEntryRemediation({
    title: near === undefined ? `Remove ${peer} from the entry` : `Export to ${near} instead`,
    entry: withPeersRenamed(existing.entry, new Map([[peer, near]])),
    existing,
  });

/** Maximum intentions with a fix of their own. */
const maxIntentions = 3;

/** Renames the peer in intentions, too: otherwise they do not allow calls of the renamed peer. */
const intentionRemediation = (
  { peer }: UnknownConsumer,
  near: string | undefined,
  intentions: Inputs['intentions'],
): readonly Remediation[] =>
  near === undefined
    ? []
    : intentions
        .filter(({ entry }) => entry.Sources.some(({ Peer }) => Peer === peer))
        .slice(0, maxIntentions)
        .flatMap((existing) =>
          configEntryRemediation({
            title: `Then name ${near} in the intentions of ${existing.entry.Name}`,
            entry: withSourcePeerRenamed(existing.entry, peer, near),
            existing,
          }),
        );

/** Finds consumers that name a sameness group which is not there: they export to nobody. */
const unknownGroups = (
  exports: readonly Export[],
  groups: Section<Inputs['samenessGroups']>,
): readonly Draft[] => {
  if (groups.visibility !== 'visible') return [];
  const rows = exports.flatMap((row) => row.unresolved.map((group) => ({ row, group })));
  const found = Map.groupBy(rows, ({ row, group }) => JSON.stringify([row.entry.entry.Name, group]));
  return [...found.values()].flatMap((same) =>
    same.slice(0, 1).map(({ row: { entry }, group }): Draft => {
      const known = groups.value
        .filter((one) => orDefault(one.entry.Partition) === orDefault(entry.entry.Partition))
        .map((one) => one.entry.Name);
      const near = findNearestName(group, known);
      return {
        severity: same.some(({ row }) => isOnlyConsumer(row)) ? 'error' : 'warning',
        subject: { kind: 'exported-services', name: `${entry.entry.Name} → ${group}` },
        message: `${entry.entry.Name} exports ${listServices(same.map(({ row }) => row))} to the sameness group ${group}, but there is no such group${near ? `; ${near} is probably meant` : ''}`,
        evidence: [
          ...same
            .slice(0, maxServices)
            .map(({ row }) => evidence(row.at, 'Consumers[*].SamenessGroup', group)),
          evidence({ endpoint: '/v1/config/sameness-group', path: '' }, '[*].Name', known),
        ],
        remediation: () =>
          configEntryRemediation({
            title: near === undefined ? `Remove ${group} from the entry` : `Export to ${near} instead`,
            entry: withGroupsRenamed(entry.entry, new Map([[group, near]])),
            existing: entry,
          }),
      };
    }),
  );
};

export const exportedServicesPeerKnown = defineCheck({
  id: 'exported-services-peer-known',
  group: 'exported-services',
  title: 'Every consumer of an exported service is the name of a peering',
  failureTitle: 'A consumer of an exported service is not the name of a peering',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/config-entries/exported-services'),
    since: '1.14.0',
  },
  rationale:
    'Consul accepts any name as a consumer. A name that is not a peering exports nothing, and Consul does not warn about it.',
  inputs: [exportsView, 'peerNames', hasPeeringsView],
  partial: [exportsView],
  optional: ['samenessGroups', 'intentions', remoteUpstreamsView],
  examples: {
    pass: {},
    fail: { exportedServices: [exampleExports([{ name: 'api', peers: ['wset'] }])] },
  },
  evaluate({ exports, peerNames, hasPeerings, samenessGroups, intentions, remoteUpstreams }) {
    if (!hasPeerings) return skip(noPeerings);
    if (exports.length === 0) return skip('nothing is exported');
    const groups = rowsOf(samenessGroups);
    const peers = unknownConsumers(exports, peerNames).map((unknown): Draft => {
      const { peer, group, entry, rows, shown } = unknown;
      const near = intendedPeer(peer, rows, peerNames, rowsOf(remoteUpstreams));
      const alone = group === '' && rows.some(isOnlyConsumer);
      const named = listServices(rows);
      const through = group ? ` through the sameness group ${group}` : '';
      return {
        severity: alone ? 'error' : 'warning',
        subject: { kind: 'exported-services', name: `${entry.entry.Name} → ${peer}` },
        message: `${entry.entry.Name} exports ${named} to ${peer}${through}, but no peering has that name${near ? `; ${near} is probably meant` : ''}`,
        evidence: [
          ...shown.map((at) => evidence(at, group ? 'SamenessGroup' : 'Peer', group || peer)),
          evidence({ endpoint: '/v1/peerings', path: '' }, '[*].Name', peerNames),
        ],
        remediation: () => [
          ...(group ? groupRemediation(unknown, near, groups) : entryRemediation(unknown, near)),
          ...intentionRemediation(unknown, near, rowsOf(intentions)),
        ],
      };
    });
    return [...peers, ...unknownGroups(exports, samenessGroups)];
  },
});
