import type { Remediation } from '../../report/report';
import { changedPart, differences, jqProgram } from './difference';
import {
  type AnyConfigEntry,
  type EntryData,
  entryData,
  entryName,
  isDataObject,
  managedByKubernetes,
} from './entry-data';
import { type Data, type DataObject, hcl } from './hcl';
import { customResource } from './kubernetes';
import { command, pipeline, shellRemediation } from './shell';

export interface ConfigEntryRemediation {
  /** The effect of the change, naming things: `Export web to peer west`. */
  readonly title: string;
  /** The whole new entry, spelled as Consul spells it, with everything that it keeps of the existing one. */
  readonly entry: AnyConfigEntry;
  /** The existing entry, if there is one, with the paths whose values the snapshot does not hold. */
  readonly existing?: { readonly entry: AnyConfigEntry; readonly withheld: readonly string[] } | undefined;
  /** True if there is no such entry now: Consul then refuses the write if one was made meanwhile. */
  readonly isGone?: boolean | undefined;
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

/**
 * Writes a config entry: the whole entry as HCL, the command that writes it, and the Kubernetes resource where
 * there is one. If the existing entry has values that the snapshot withholds (they could be secret), a whole entry
 * would drop them; if it is large, each fix would repeat all of it. Then the result is the changed part as HCL, and a
 * command that reads the live entry, changes that part and writes it back.
 */
export const configEntryRemediation = ({
  title,
  entry,
  existing,
  isGone = false,
}: ConfigEntryRemediation): readonly Remediation[] => {
  const data = entryData(entry);
  const name = `${data.Kind}/${entryName(data)}`;
  const flags = isGone ? ['-cas', '-modify-index', '0'] : onlyUnchanged(existing?.entry);
  return existing && (existing.withheld.length > 0 || isLarge(data))
    ? partOf({ title, name, after: data, before: entryData(existing.entry), flags })
    : wholeOf(title, name, data, flags);
};

/** Maximum characters of an existing entry that a fix repeats as a whole; of a larger one it holds only the change. */
const maxWhole = 4096;

/** Adds up the characters of an entry, but no further than they matter. */
const isLarge = (entry: EntryData): boolean => {
  let characters = 0;
  const waiting: Data[] = [entry];
  while (waiting.length > 0 && characters <= maxWhole) {
    const value = waiting.pop();
    characters += typeof value === 'string' ? value.length : 4;
    if (Array.isArray(value)) waiting.push(...value.slice(0, maxWhole));
    else if (value !== undefined && isDataObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        characters += key.length;
        waiting.push(member);
      }
    }
  }
  return characters > maxWhole;
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

/** Returns the kind and name of the entry that a fix writes; undefined for other fixes. */
export const entryWrittenBy = ({ language, title, code }: Remediation): string | undefined =>
  language === 'shell' && code.includes('consul config write ')
    ? /: (?:write|change that part of) ([a-z-]+\/\S+?)(?: and keep the rest \(needs jq\))?$/u.exec(title)?.[1]
    : undefined;

interface EntryChange {
  readonly title: string;
  readonly name: string;
  readonly before: EntryData;
  readonly after: EntryData;
  /** Flags of the write: indexes in lists are those of the entry that was read. */
  readonly flags: readonly string[];
}

const partOf = ({ title, name, before, after, flags }: EntryChange): readonly Remediation[] => {
  const part = changedPart(before, after) as DataObject | undefined;
  const tenancy = tenancyFlags(after);
  const script = pipeline([
    ['consul', 'config', 'read', ...tenancy, '-kind', after.Kind, '-name', entryName(after)],
    ['jq', jqProgram(differences(before, after))],
    ['consul', 'config', 'write', ...flags, ...tenancy, '-'],
  ]);
  const shown: Remediation = {
    title: `${title}: the part of ${name} to change; keep the rest, which is not fully shown here`,
    language: 'hcl',
    code: hcl({ Kind: after.Kind, Name: after.Name, ...part }),
  };
  return [
    // Nothing is left to show of what is only removed.
    ...(part === undefined ? [] : [shown]),
    ...shellRemediation(`${title}: change that part of ${name} and keep the rest (needs jq)`, script),
  ];
};
