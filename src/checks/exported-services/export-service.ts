import type { ExportedServices } from '../../consul/wire';
import type { Remediation } from '../../report/report';
import type { Entry, Snapshot } from '../../snapshot/snapshot';
import { isAffected } from '../consul/version-ranges';
import { orDefault } from '../names';
import { configEntryRemediation } from '../remediation/config-entry';
import { managedByKubernetes } from '../remediation/entry-data';
import { command, shellRemediation } from '../remediation/shell';
import { type ServiceExport, withExport } from './change-entry';
import { type ExportBlocker, unblockRemediation } from './export-blockers';

/** Versions with `consul services export`, which adds one consumer and keeps the others. */
const withCommand = [['1.16.0']] as const;

/**
 * Exports a service to a peer. A consumer is added to an existing entry by the command for that, where the version has it
 * and Kubernetes does not manage the entry. What makes Consul refuse the export is changed first, or there is no fix.
 */
export const exportServiceRemediation = (
  title: string,
  { partition, consulVersion }: Pick<Snapshot['cluster'], 'partition' | 'consulVersion'>,
  existing: Entry<ExportedServices> | undefined,
  added: ServiceExport,
  blockers: readonly ExportBlocker[],
): readonly Remediation[] => {
  const unblock = unblockRemediation(title, blockers);
  if (unblock === undefined) return [];
  const { service, namespace, peer } = added;
  const isShort =
    existing !== undefined && !managedByKubernetes(existing.entry) && isAffected(consulVersion, withCommand);
  const short = command([
    'consul',
    'services',
    'export',
    ...(orDefault(partition) === 'default' ? [] : ['-partition', partition]),
    ...(orDefault(namespace) === 'default' ? [] : ['-namespace', namespace]),
    '-name',
    service,
    '-consumer-peers',
    peer,
  ]);
  return [
    ...unblock,
    ...(isShort ? shellRemediation(`${title}: add it to the existing entry`, short) : []),
    ...configEntryRemediation({
      title,
      entry: withExport(existing?.entry, partition, added),
      existing,
    }),
  ];
};
