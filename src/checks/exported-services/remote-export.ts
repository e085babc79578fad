import type { Peering } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import { rowsOf } from '../../snapshot/section';
import type { OtherSide } from '../../snapshot/snapshot';
import { exactKey, orDefault, serviceKey } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { command, shellRemediation, shellWord } from '../remediation/shell';
import { wellFormedJson } from '../remediation/text';
import { counterpartOf } from '../views/remote-upstreams';
import { exportsEntryOf, withServiceRenamed } from './change-entry';
import { type ExportBlocker, findExportBlockers } from './export-blockers';
import { exportServiceRemediation } from './export-service';
import { omitUndefined } from '../../omit-undefined';

/** A service that the other side of a peering should export to this cluster. */
interface RemoteExport {
  readonly peering: Peering;
  readonly service: string;
  readonly namespace: string;
}

/** Finds what makes the other side refuse to export a service, as far as it was read. */
export const findRemoteBlockers = (
  side: OtherSide | undefined,
  service: Pick<RemoteExport, 'service' | 'namespace'>,
): readonly ExportBlocker[] => {
  if (side === undefined || side.snapshot.visibility === 'hidden') return [];
  const { sections, cluster } = side.snapshot.value;
  return findExportBlockers(sections, cluster, service);
};

/** Changes the entry of a configured other side whose entry was read, so that all names are known. */
const knownSide = (
  { peering, service, namespace }: RemoteExport,
  side: OtherSide,
): readonly Remediation[] | undefined => {
  const { cluster, snapshot } = side;
  if (snapshot.visibility === 'hidden') return undefined;
  const { peerings, exportedServices } = snapshot.value.sections;
  if (peerings.visibility === 'hidden' || exportedServices.visibility !== 'visible') return undefined;
  const counterpart = counterpartOf(peering, peerings.value.list);
  if (!counterpart) return undefined;
  return exportServiceRemediation(
    `In ${cluster}: export ${service} to ${counterpart.Name}`,
    snapshot.value.cluster,
    exportsEntryOf(exportedServices.value, snapshot.value.cluster.partition),
    { service, namespace, peer: counterpart.Name },
    findRemoteBlockers(side, { service, namespace }),
  );
};

/**
 * Writes a script for an other side that is not known here. It finds the name of this cluster there by the id of
 * the peering, and adds it to the existing entry or a new one. Consul refuses the write if the entry changes in
 * between.
 */
const unknownSide = ({ peering, service, namespace }: RemoteExport): string | undefined => {
  const partition = peering.Remote?.Partition ?? '';
  const flags = partition ? ['-partition', partition] : [];
  const name = orDefault(partition);
  const self = peering.PeerID
    ? `.ID == ${wellFormedJson(peering.PeerID)}`
    : `.PeerID == ${wellFormedJson(peering.ID)}`;
  const same = `(.Name == ${wellFormedJson(service)} and (.Namespace // "default") == ${wellFormedJson(orDefault(namespace))})`;
  const added = wellFormedJson({
    Name: service,
    ...omitUndefined({ Namespace: orDefault(namespace) === 'default' ? undefined : namespace }),
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

/** Makes the other side of a peering export a service to this cluster. */
export const remoteExportRemediation = (
  service: RemoteExport,
  side: OtherSide | undefined,
): readonly Remediation[] =>
  (side && knownSide(service, side)) ??
  shellRemediation(
    `On the other side of ${service.peering.Name}: export ${service.service} to this cluster (needs jq)`,
    unknownSide(service),
  );

/**
 * Exports a service under the name that it is registered by, where the entry of the other side writes that in another
 * case: exports are exact in case, and upstreams are not. None where the other side is not configured.
 */
export const exportedCaseRemediation = (
  { service, namespace }: Pick<RemoteExport, 'service' | 'namespace'>,
  side: OtherSide | undefined,
): readonly Remediation[] => {
  if (side === undefined || side.snapshot.visibility === 'hidden') return [];
  const { exportedServices, exportedHealth } = side.snapshot.value.sections;
  if (exportedServices.visibility !== 'visible') return [];
  const wrong = rowsOf(exportedHealth).find(
    (one) =>
      one.registeredAs !== undefined &&
      serviceKey(one.name, one.namespace) === serviceKey(service, namespace),
  );
  if (wrong?.registeredAs === undefined) return [];
  const name = wrong.registeredAs;
  const key = exactKey(wrong.name, namespace);
  return exportedServices.value
    .filter(({ entry }) => entry.Services.some((one) => exactKey(one.Name, one.Namespace) === key))
    .flatMap((existing) =>
      configEntryRemediation({
        title: `In ${side.cluster}: export ${name} instead of ${wrong.name}`,
        entry: withServiceRenamed(existing.entry, { service: wrong.name, namespace }, name),
        existing,
      }),
    );
};
