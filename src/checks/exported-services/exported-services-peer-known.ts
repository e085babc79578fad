import type { ExportedServices } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { Entry } from '../../snapshot/snapshot';
import { defineCheck, type Draft, skip } from '../define';
import { evidence } from '../evidence';
import { exampleEntry, exampleExport } from '../examples';
import { consulDocs } from '../links';
import { serviceLabel } from '../names';
import { nearest } from '../nearest';
import { noPeering } from '../no-peering';
import { configEntryRemedy } from '../remediation/config-entry';
import type { Views } from '../views';
import type { Export } from '../views/exports';
import { withoutPeer, withPeerRenamed } from './entry';

/** A consumer that is no peering, in one entry, with the services it stands at. */
interface Stray {
  readonly peer: string;
  readonly group: string;
  readonly entry: Entry<ExportedServices>;
  readonly rows: Export[];
}

const strays = (exports: readonly Export[], peerNames: readonly string[]): readonly Stray[] => {
  const known = new Set(peerNames);
  const found = new Map<string, Stray>();
  for (const row of exports) {
    for (const { peer, group } of row.consumers) {
      if (known.has(peer)) continue;
      const key = JSON.stringify([row.entry.entry.Partition, row.entry.entry.Name, group, peer]);
      const stray = found.get(key) ?? { peer, group, entry: row.entry, rows: [] };
      stray.rows.push(row);
      found.set(key, stray);
    }
  }
  return [...found.values()];
};

const isOnlyConsumer = (row: Export): boolean => row.entry.entry.Services[row.index]?.Consumers.length === 1;

const groupRemedy = (
  { peer, group }: Stray,
  near: string | undefined,
  groups: Views['samenessGroups'],
): readonly Remediation[] => {
  const existing = groups.find(({ entry }) => entry.Name === group);
  if (!existing) return [];
  const Members = existing.entry.Members.flatMap((member) => {
    if (member.Peer !== peer) return [member];
    return near === undefined ? [] : [{ ...member, Peer: near }];
  });
  return configEntryRemedy({
    title: near === undefined ? `Take ${peer} out of ${group}` : `Put ${near} in its place in ${group}`,
    entry: { ...existing.entry, Members } as typeof existing.entry,
    existing,
  });
};

const entryRemedy = ({ peer, entry: existing }: Stray, near: string | undefined): readonly Remediation[] =>
  configEntryRemedy({
    title: near === undefined ? `Take ${peer} out` : `Export to ${near} instead`,
    entry:
      near === undefined ? withoutPeer(existing.entry, peer) : withPeerRenamed(existing.entry, peer, near),
    existing,
  });

/** Places that are shown as evidence, of a consumer that stands at many services. */
const mostPlaces = 5;

export const exportedServicesPeerKnown = defineCheck({
  id: 'exported-services-peer-known',
  group: 'exported-services',
  title: 'Every consumer of an exported service is the name of a peering',
  severity: 'error',
  requirement: {
    source: 'field',
    docs: consulDocs('connect/config-entries/exported-services'),
    since: '1.14.0',
  },
  rationale:
    'Consul takes any name as a consumer. One that is no peering exports nothing to anybody, without a word.',
  inputs: ['exports', 'peerNames', 'readiness'],
  partial: ['exports'],
  optional: ['samenessGroups'],
  examples: (() => {
    const rest = {
      peerNames: ['west'],
      readiness: false,
      samenessGroups: { seen: 'all', value: [] },
    } as const;
    const entry = exampleEntry({
      Kind: 'exported-services' as const,
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: 'wset' }] }],
    });
    const at = { endpoint: entry.at.endpoint, path: 'Services[0].Consumers[0]' };
    return {
      pass: { ...rest, exports: [exampleExport()] },
      fail: { ...rest, exports: [exampleExport({ entry, consumers: [{ peer: 'wset', at, group: '' }] })] },
    };
  })(),
  evaluate({ exports, peerNames, readiness, samenessGroups }) {
    if (readiness) return skip(noPeering);
    if (exports.length === 0) return skip('nothing is exported');
    const groups = samenessGroups.seen === 'none' ? [] : samenessGroups.value;
    return strays(exports, peerNames).map((stray): Draft => {
      const { peer, group, entry, rows } = stray;
      const near = nearest(peer, peerNames);
      const alone = group === '' && rows.some(isOnlyConsumer);
      const services = rows.map(({ service, namespace }) => serviceLabel(service, namespace));
      const named = services.length > 3 ? `${services.length} services` : services.join(', ');
      const through = group ? ` through the sameness group ${group}` : '';
      return {
        severity: alone ? 'error' : 'warning',
        subject: { kind: 'exported-services', name: `${entry.entry.Name} → ${peer}` },
        message: `${entry.entry.Name} exports ${named} to ${peer}${through}, and no peering has that name${near ? `; there is ${near}` : ''}`,
        evidence: [
          ...rows
            .slice(0, mostPlaces)
            .flatMap(({ consumers }) =>
              consumers
                .filter((consumer) => consumer.peer === peer && consumer.group === group)
                .map(({ at }) => evidence(at, group ? 'SamenessGroup' : 'Peer', group || peer)),
            ),
          evidence({ endpoint: '/v1/peerings', path: '' }, '[*].Name', peerNames),
        ],
        remediation: group ? groupRemedy(stray, near, groups) : entryRemedy(stray, near),
      };
    });
  },
});
