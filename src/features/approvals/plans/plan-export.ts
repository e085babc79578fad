import { withExport } from '../../../checks/exported-services/change-entry';
import { entryData, type EntryData, managedByKubernetes } from '../../../checks/remediation/entry-data';
import { findPeerNameProblem } from '../../../consul/peer-name';
import type { ExportedServices } from '../../../consul/wire';
import { failure, type Result, success } from '../../../result';
import { count } from '../../../render/words';
import { digestOf } from '../../../signing/sign';
import type { ClusterFacts, Plan } from './plan';
import type { PlannedRequest } from '../requests/request';

/**
 * Plans changes of the exported-services entry of a cluster, of which there is one in a partition. The plan holds the index of the
 * entry, so it holds no longer once anybody has changed it. The sentences are signed with requests, so they never change.
 */

/** A service of the default namespace, and the peer that may call it. */
interface Exported {
  readonly service: string;
  readonly peer: string;
}

export type ExportKind = 'export' | 'unexport';

/** Returns the change that puts back what another has done. */
export const undoneBy = (kind: ExportKind): ExportKind => (kind === 'export' ? 'unexport' : 'export');

/** Says what is exported after a change. */
export const exportedWords = ({
  kind,
  service = '',
  peer,
  acceptor,
}: Pick<PlannedRequest, 'kind' | 'service' | 'peer' | 'acceptor'>): string =>
  kind === 'export'
    ? `${acceptor} exports ${service} to ${peer}`
    : `${acceptor} no longer exports ${service} to ${peer}`;

const isDefault = (namespace: string | undefined): boolean =>
  (namespace ?? '') === '' || namespace === 'default';

const isService =
  (service: string) =>
  ({ Name, Namespace }: ExportedServices['Services'][number]): boolean =>
    Name === service && isDefault(Namespace);

const consumersOf = (entry: ExportedServices | undefined, service: string) =>
  entry?.Services.find(isService(service))?.Consumers ?? [];

/** Tells whether the entry itself names a service and a peer. A wildcard does not. */
export const isExported = (entry: ExportedServices | undefined, { service, peer }: Exported): boolean =>
  consumersOf(entry, service).some(({ Peer }) => Peer === peer);

/** Removes one consumer. A service that loses its last one is removed; an entry stays, with what is left. */
const withoutExport = (entry: ExportedServices, { service, peer }: Exported): ExportedServices => ({
  ...entry,
  Services: entry.Services.flatMap((exported) => {
    if (!isService(service)(exported)) return [exported];
    const Consumers = exported.Consumers.filter(({ Peer }) => Peer !== peer);
    return Consumers.length === 0 ? [] : [{ ...exported, Consumers }];
  }),
});

/** Makes the entry as it is to be, ready to be written; all else in it is kept. */
export const changedEntry = (
  kind: ExportKind,
  { entry, partition }: Pick<ClusterFacts, 'entry' | 'partition'>,
  exported: Exported,
): EntryData =>
  kind === 'export'
    ? entryData(withExport(entry?.entry, partition, { ...exported, namespace: 'default' }))
    : entryData(withoutExport(entry?.entry ?? emptyEntry, exported));

const emptyEntry: ExportedServices = { Kind: 'exported-services', Name: 'default', Services: [] };

/** Explains why a text is no service to export; undefined if it may be one. */
export const findServiceProblem = (service: string): string | undefined => {
  if (service === '*') return 'the bot exports one service at a time, and not "*"';
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$/.test(service)
    ? undefined
    : `"${service}" is no name of a service`;
};

const impossible = (
  kind: ExportKind,
  { name, mayWrite, entry }: ClusterFacts,
  { service, peer }: Exported,
): string | undefined => {
  const problem = findPeerNameProblem(peer);
  if (problem !== undefined) return problem;
  const noService = findServiceProblem(service);
  if (noService !== undefined) return noService;
  if (!mayWrite) return `the peering_token of ${name} does not grant mesh = "write"`;
  if (entry && managedByKubernetes(entry.entry))
    return `Kubernetes manages the exported-services entry of ${name}, so the bot does not write to it`;
  const already = isExported(entry?.entry, { service, peer });
  if (kind === 'export' && already) return `${name} already exports ${service} to ${peer}`;
  if (kind === 'export' || already) return undefined;
  return isExported(entry?.entry, { service: '*', peer })
    ? `${name} exports all services to ${peer} with "*", so there is no single export to end`
    : `${name} does not export ${service} to ${peer}`;
};

/** Plans to export a service to a peer, or to end that. A failure is the reason of the refusal. */
export const planExport = (kind: ExportKind, facts: ClusterFacts, exported: Exported): Result<Plan> => {
  const wrong = impossible(kind, facts, exported);
  if (wrong !== undefined) return failure(wrong);
  const { name, entry } = facts;
  const { service, peer } = exported;
  const before = entry?.entry;
  const where = `exported-services/${before?.Name ?? facts.partition} of ${name}`;
  const others = consumersOf(before, service).filter(({ Peer }) => Peer !== peer).length;
  const left = (before?.Services.length ?? 0) - (consumersOf(before, service).length > 0 ? 1 : 0);
  const changes = [
    entry ? `changes ${where} (index ${entry.index})` : `creates ${where} (none exists)`,
    kind === 'export'
      ? `adds consumer ${peer} to service ${service}`
      : `removes consumer ${peer} from service ${service}`,
    `keeps ${count(others, 'other consumer')} of ${service}, and ${count(left, 'other service')}`,
  ];
  const { address, datacenter, partition, trustDomain } = facts;
  return success({
    changes,
    digest: digestOf({
      changes,
      request: { kind, service, peer },
      facts: { name, address, datacenter, partition, trustDomain },
    }),
  });
};
