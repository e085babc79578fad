import { withheldValue } from '../../consul/shapes';
import type { ClusterState, StateRow } from '../../report/cluster-state';
import type { Remediation, StateChange } from '../../report/report';
import { configEntryRemediation } from '../remediation/config-entry';
import { differences } from '../remediation/difference';
import { type EntryData, entryData, isDataObject, managedByKubernetes } from '../remediation/entry-data';
import type { Data } from '../remediation/hcl';
import { command, shellRemediation } from '../remediation/shell';

/** Writes the fixes that put a config entry back to what it was in an earlier run. */

const rowOf = (state: ClusterState, { cluster, section, subject }: StateChange): StateRow | undefined => {
  const parts =
    cluster === undefined
      ? [state]
      : state.otherSides.filter((one) => one.cluster === cluster).map((one) => one.state);
  return parts
    .flatMap(({ rows }) => rows)
    .find((row) => row.section === section && row.kind === subject.kind && row.name === subject.name);
};

/** Returns the entry of a row; undefined where its values are not stored. */
const entryOf = (row: StateRow | undefined): EntryData | undefined => {
  const value: Data = row?.value ?? null;
  if (row === undefined || !isDataObject(value)) return undefined;
  const entry = { ...value, Kind: row.kind };
  return row.index === undefined ? entry : { ...entry, ModifyIndex: row.index };
};

/** A value that is not known cannot be written. */
const isKnown = (value: unknown): boolean => !JSON.stringify(value ?? null).includes(withheldValue);

const deletion = (row: StateRow, entry: EntryData, title: string): readonly Remediation[] => {
  const { Partition, Namespace, Name = entry.Kind } = entryData(entry);
  return shellRemediation(
    title,
    command([
      'consul',
      'config',
      'delete',
      '-cas',
      '-modify-index',
      String(row.index),
      ...(Partition ? ['-partition', Partition] : []),
      ...(Namespace ? ['-namespace', Namespace] : []),
      '-kind',
      entry.Kind,
      '-name',
      Name,
    ]),
  );
};

/**
 * Returns the fix that puts the config entry of a change back to its earlier value, with compare-and-set at the index that
 * the later run read. None for what is not a config entry, where a value that is needed is not stored, and for new entries
 * that Kubernetes manages.
 */
export const putBackRemediation = (
  change: StateChange,
  before: ClusterState,
  after: ClusterState,
): readonly Remediation[] => {
  if (change.indexes === undefined || change.unknown !== undefined) return [];
  const [was, is] = [rowOf(before, change), rowOf(after, change)];
  const [old, now] = [entryOf(was), entryOf(is)];
  const where = change.cluster === undefined ? '' : `In ${change.cluster}: `;
  const name = `${change.subject.kind}/${change.subject.name}`;
  if (was === undefined)
    return is?.index === undefined || now === undefined || managedByKubernetes(now)
      ? []
      : deletion(is, now, `${where}Delete ${name} again`);
  if (old === undefined) return [];
  const title = `${where}Put ${name} back to what it was${was.index === undefined ? '' : ` at index ${was.index}`}`;
  if (is === undefined)
    return isKnown(old) ? configEntryRemediation({ title, entry: old, isGone: true }) : [];
  if (now === undefined || !isKnown(differences(entryData(now), entryData(old)))) return [];
  return configEntryRemediation({ title, entry: old, existing: { entry: now, withheld: is.withheld ?? [] } });
};
