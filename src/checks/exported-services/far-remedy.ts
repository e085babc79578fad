import type { Peering } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { OtherSide } from '../../snapshot/snapshot';
import { orDefault } from '../names';
import { configEntryRemedy } from '../remediation/config-entry';
import { command, shellRemedy, shellWord } from '../remediation/shell';
import { wellFormedJson } from '../remediation/text';
import { counterpartOf } from '../views/far';
import { entryOf, withExport } from './entry';

/** A service that the other side of a peering should export to this cluster. */
interface FarExport {
  readonly peering: Peering;
  readonly service: string;
  readonly namespace: string;
}

/** Where the other side is configured here and its entry was read, its names are known. */
const knownSide = (
  { peering, service, namespace }: FarExport,
  { cluster, snapshot }: OtherSide,
): readonly Remediation[] | undefined => {
  if (snapshot.seen === 'none') return undefined;
  const { peerings, exportedServices } = snapshot.value.sections;
  if (peerings.seen === 'none' || exportedServices.seen !== 'all') return undefined;
  const counterpart = counterpartOf(peering, peerings.value.list);
  if (!counterpart) return undefined;
  const { partition } = snapshot.value.cluster;
  const existing = entryOf(exportedServices.value, partition);
  return configEntryRemedy({
    title: `At ${cluster}: export ${service} to ${counterpart.Name}`,
    entry: withExport(existing?.entry, partition, { service, namespace, peer: counterpart.Name }),
    existing,
  });
};

/**
 * A script that finds this cluster among the peers of the other side by the peering's id, as what it is called
 * there is not known here, and adds it to the entry that is there, or to a new one. It is refused where the entry
 * changes in between.
 */
const unknownSide = ({ peering, service, namespace }: FarExport): string | undefined => {
  const partition = peering.Remote?.Partition ?? '';
  const flags = partition ? ['-partition', partition] : [];
  const name = orDefault(partition);
  const self = peering.PeerID
    ? `.ID == ${wellFormedJson(peering.PeerID)}`
    : `.PeerID == ${wellFormedJson(peering.ID)}`;
  const same = `(.Name == ${wellFormedJson(service)} and (.Namespace // "default") == ${wellFormedJson(orDefault(namespace))})`;
  const added = wellFormedJson({
    Name: service,
    ...(orDefault(namespace) === 'default' ? {} : { Namespace: namespace }),
  });
  const program = `del(.CreateIndex, .ModifyIndex, .Hash) | .Services = (.Services // []) | .Services |= (if any(.[]; ${same}) then map(if ${same} then .Consumers += [{Peer: $peer}] else . end) else . + [${added} + {Consumers: [{Peer: $peer}]}] end)`;
  const fresh = wellFormedJson({ Kind: 'exported-services', Name: name, ModifyIndex: 0 });
  const [list, read, write, select, change, empty] = [
    command(['consul', 'peering', 'list', ...flags, '-format', 'json']),
    command(['consul', 'config', 'read', ...flags, '-kind', 'exported-services', '-name', name]),
    command(['consul', 'config', 'write', ...flags, '-cas', '-modify-index']),
    shellWord(`.[] | select(${self}) | .Name`),
    shellWord(program),
    shellWord(fresh),
  ].map((line) => line?.trimEnd());
  if (!list || !read || !write || !select || !change || !empty) return undefined;
  return `peer=$(${list} | jq -r ${select})
entry=$(${read} 2>/dev/null || printf %s ${empty})
printf %s "$entry" | jq --arg peer "$peer" ${change} |
  ${write} "$(printf %s "$entry" | jq .ModifyIndex)" -
`;
};

/** What to paste at the other side of a peering, so that it exports a service to this cluster. */
export const farExportRemedy = (wanted: FarExport, side: OtherSide | undefined): readonly Remediation[] =>
  (side && knownSide(wanted, side)) ??
  shellRemedy(
    `At the other side of ${wanted.peering.Name}: export ${wanted.service} to this cluster (needs jq)`,
    unknownSide(wanted),
  );
