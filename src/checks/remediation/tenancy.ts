import type { Remediation } from '../../report/report';
import { orDefault } from '../names';

/** An admin partition and a namespace (Enterprise). Empty and absent ones are the default. */
export interface FixTenancy {
  readonly partition?: string | undefined;
  readonly namespace?: string | undefined;
}

/** Returns the flags of the `consul` command for a partition and a namespace, none for the default, which Consul CE has alone. */
export const tenancyFlags = ({ partition, namespace }: FixTenancy): readonly string[] => [
  ...(orDefault(partition) === 'default' ? [] : ['-partition', orDefault(partition)]),
  ...(orDefault(namespace) === 'default' ? [] : ['-namespace', orDefault(namespace)]),
];

/** Commands without these flags take partition and namespace from the environment. */
export const tenancyVariables = ({ partition, namespace }: FixTenancy): readonly string[] => [
  ...(orDefault(partition) === 'default' ? [] : [`CONSUL_PARTITION=${orDefault(partition)}`]),
  ...(orDefault(namespace) === 'default' ? [] : [`CONSUL_NAMESPACE=${orDefault(namespace)}`]),
];

/** Fixes that are pasted at the other side, whose partition is another. */
const isElsewhere = /^(?:(?:First, |Then, )?in (?!this cluster\b)|On the other side of )/iu;

/** The start of a line of a script that runs a command with the flag `-partition`, up to where the flag may stand. */
const taking =
  /^(\s*(?:while )?consul (?:acl (?:policy|role|token) [a-z]+|catalog nodes|config (?:read|write|delete)|connect envoy|force-leave|peering [a-z-]+|services [a-z]+))(?= )/u;

/** The start of a line that runs a command without that flag. */
const takesVariables = /^(?:CONSUL_NAMESPACE=\S+ )?consul (?:maint|watch) /u;

/** The delimiter of the text that follows a line. */
const heredoc = /<<'([A-Z]+\d*)'$/u;

/** Names the partition in the text of a config entry that names none; it starts with the kind and the name. */
const entryIn = (text: string, partition: string): string =>
  /^Partition = /mu.test(text)
    ? text
    : text.replace(/^Kind = "[^"]*"\n(?:Name = "(?:[^"\\]|\\.)*"\n)?/u, `$&Partition = "${partition}"\n`);

/** The text that a script writes as a config entry. */
const written = /(?<=^\s*consul config write [^\n]*<<'([A-Z]+\d*)'\n)[\s\S]*?(?=^\1$)/gmu;

const entriesIn = (script: string, partition: string): string =>
  script.replace(written, (text) => entryIn(text, partition));

const inPartition = (script: string, partition: string): string => {
  let until: string | undefined;
  return entriesIn(script, partition)
    .split('\n')
    .map((line) => {
      if (until !== undefined) {
        if (line === until) until = undefined;
        return line;
      }
      until = heredoc.exec(line)?.[1];
      if (line.includes(' -partition ')) return line;
      return takesVariables.test(line)
        ? `CONSUL_PARTITION=${partition} ${line}`
        : line.replace(taking, `$1 -partition ${partition}`);
    })
    .join('\n');
};

/**
 * Has the commands of fixes work in the admin partition that a cluster was read in (Enterprise): without it, they would change
 * the default one. Lines of our scripts start with their command; what is quoted is on the same line, and never at its start.
 */
export const fixesInPartition = (fixes: readonly Remediation[], partition: string): readonly Remediation[] =>
  // Other characters are in no name of a partition.
  orDefault(partition) === 'default' || !/^[A-Za-z0-9_-]+$/u.test(partition)
    ? fixes
    : fixes.map((fix) => {
        if (isElsewhere.test(fix.title) || fix.language === 'yaml') return fix;
        return { ...fix, code: (fix.language === 'hcl' ? entryIn : inPartition)(fix.code, partition) };
      });
