import type { Remediation } from '../../report/report';
import { changedPart, differences, jqProgram } from './difference';
import { type AnyConfigEntry, type EntryData, entryData, entryName } from './entry-data';
import { type DataObject, hcl } from './hcl';
import { customResource } from './kubernetes';
import { command, pipeline, shellRemediation } from './shell';

export interface ConfigEntryRemediation {
  /** The effect of the change, naming things: `Export web to peer west`. */
  readonly title: string;
  /** The whole new entry, spelled as Consul spells it, with everything that it keeps of the existing one. */
  readonly entry: AnyConfigEntry;
  /** The existing entry, if there is one, with the paths whose values the snapshot does not hold. */
  readonly existing?: { readonly entry: AnyConfigEntry; readonly withheld: readonly string[] } | undefined;
}

const tenancyFlags = ({ Partition, Namespace }: EntryData): readonly string[] => [
  ...(Partition ? ['-partition', Partition] : []),
  ...(Namespace ? ['-namespace', Namespace] : []),
];

/** With these flags Consul refuses the write if the entry changed since it was read, instead of undoing that change. */
const onlyUnchanged = (existing: AnyConfigEntry | undefined): readonly string[] =>
  existing && 'ModifyIndex' in existing && typeof existing.ModifyIndex === 'number'
    ? ['-cas', '-modify-index', String(existing.ModifyIndex)]
    : [];

const managedByKubernetes = (data: EntryData): boolean =>
  (data['Meta'] as DataObject | undefined)?.['external-source'] === 'kubernetes';

/**
 * Writes a config entry: the whole entry as HCL, the command that writes it, and the Kubernetes resource where
 * there is one. If the existing entry has values that the snapshot withholds (they could be secret), a whole entry
 * would drop them. Then the result is the changed part as HCL, and a command that reads the live entry, changes
 * that part and writes it back.
 */
export const configEntryRemediation = ({
  title,
  entry,
  existing,
}: ConfigEntryRemediation): readonly Remediation[] => {
  const data = entryData(entry);
  const name = `${data.Kind}/${entryName(data)}`;
  return existing && existing.withheld.length > 0
    ? partOf(title, name, data, entryData(existing.entry))
    : wholeOf(title, name, data, onlyUnchanged(existing?.entry));
};

const wholeOf = (
  title: string,
  name: string,
  data: EntryData,
  flags: readonly string[],
): readonly Remediation[] => {
  const text = hcl(data);
  const resource = customResource(data);
  const write = command(['consul', 'config', 'write', ...flags, ...tenancyFlags(data), '-'], text);
  const consul: readonly Remediation[] = [
    { title: `${title}: the whole entry ${name}`, language: 'hcl', code: text },
    ...shellRemediation(`${title}: write ${name}`, write),
  ];
  if (resource === undefined) return consul;
  const kubernetes: Remediation = {
    title: `${title}: if Kubernetes manages ${name}`,
    language: 'yaml',
    code: resource,
  };
  return managedByKubernetes(data) ? [kubernetes, ...consul] : [...consul, kubernetes];
};

const partOf = (title: string, name: string, after: EntryData, before: EntryData): readonly Remediation[] => {
  const changes = differences(before, after);
  const identity = { Kind: after.Kind, Name: after.Name };
  const part = { ...identity, ...(changedPart(after, changes) as DataObject) };
  const flags = tenancyFlags(after);
  const script = pipeline([
    ['consul', 'config', 'read', ...flags, '-kind', after.Kind, '-name', entryName(after)],
    ['jq', jqProgram(changes)],
    ['consul', 'config', 'write', ...flags, '-'],
  ]);
  return [
    {
      title: `${title}: the part of ${name} to change; keep the rest, which is not fully shown here`,
      language: 'hcl',
      code: hcl(part),
    },
    ...shellRemediation(`${title}: change that part of ${name} and keep the rest (needs jq)`, script),
  ];
};
