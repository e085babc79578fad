import { wrap } from '../render/width';
import type { CliCommand, Terminal } from './command';
import { consulFlagHelp } from './consul-flags';
import { textWidth } from './text-width';

/** Help of the command line, wrapped to the terminal. */

const commonHelp = {
  clusters: 'FILE  the clusters file (default: $PEERING_CLUSTERS, then clusters.yml)',
  help: 'show this',
};

/** Short names, in help. */
const shorts: Readonly<Record<string, string>> = { format: ', -o', help: ', -h' };

const unbroken = '\u00a0';

/** Wraps at spaces that are not in brackets: `[--format text|json]` stays on one line. */
const wrapUsage = (text: string, width: number): readonly string[] =>
  wrap(
    text.replace(/\[[^\]]*\]+/gu, (part) => part.replaceAll(' ', unbroken)),
    width,
  ).map((line) => line.replaceAll(unbroken, ' '));

/** Returns the usage of a command, with each of its forms on a line of its own. */
export const usageText = ({ name, usage }: CliCommand, terminal: Terminal): string =>
  usage
    .split(' | ')
    .map((form, index) => {
      const start = `${index === 0 ? 'usage: ' : '       '}peering-bot ${name} `;
      const lines = wrapUsage(form, textWidth(terminal) - start.length);
      return `${start}${lines.join(`\n${' '.repeat(start.length)}`)}`.trimEnd();
    })
    .join('\n');

/** A word or an option, and its explanation. */
type Entry = readonly [label: string, text: string];

const optionEntries = (help: Readonly<Record<string, string>>): readonly Entry[] =>
  Object.entries(help).map(([name, text]) => {
    // Two spaces end the placeholder of an option that takes a value.
    const [value, rest] = text.includes('  ') ? text.split('  ', 2) : ['', text];
    return [`--${name}${shorts[name] ?? ''} ${value}`.trimEnd(), rest ?? ''];
  });

const table = (entries: readonly Entry[], labelWidth: number, columns: number): readonly string[] =>
  entries.flatMap(([label, text]) =>
    wrap(text, columns - labelWidth - 4).map(
      (line, index) => `  ${(index === 0 ? label : '').padEnd(labelWidth)}  ${line}`,
    ),
  );

const widest = (entries: readonly Entry[]): number => Math.max(...entries.map(([label]) => label.length));

/** Returns all commands, for `peering-bot --help`. */
export const overview = (commands: readonly CliCommand[], terminal: Terminal): string => {
  const columns = textWidth(terminal);
  const entries = commands
    .filter(({ isHidden }) => isHidden !== true)
    .map(({ name, summary }): Entry => [name, summary]);
  return [
    ...wrap(
      'peering-bot: checks whether Consul clusters are ready for cluster peering, and shows evidence and fixes',
      columns,
    ),
    '',
    'usage: peering-bot COMMAND [ARGUMENTS]',
    '',
    ...table(entries, widest(entries), columns),
    '',
    ...wrap(
      'Options and examples of a command: peering-bot COMMAND --help. Long flags also work with one dash.',
      columns,
    ),
    ...wrap(
      'Exit status: 0 fine, 1 findings, 2 wrong usage or configuration, 3 unreachable or unknown.',
      columns,
    ),
    '',
  ].join('\n');
};

/** An example as it can be pasted: a long one goes on after a backslash. */
const exampleLines = (example: string, columns: number): string =>
  wrap(`peering-bot ${example}`, columns - 6).join(' \\\n      ');

/** Returns the help of one command. */
export const commandHelp = (command: CliCommand, terminal: Terminal): string => {
  const columns = textWidth(terminal);
  const { clusters, help } = commonHelp;
  const common = command.ignoresClusters === true ? { help } : { clusters, help };
  const words = Object.entries(command.argumentHelp ?? {});
  const own = optionEntries({ ...command.optionHelp, ...common });
  const cluster = command.takesCluster === true ? optionEntries(consulFlagHelp) : [];
  const width = widest([...words, ...own, ...cluster]);
  const examples = command.examples ?? [];
  return [
    usageText(command, terminal),
    '',
    ...wrap(command.summary, columns),
    '',
    ...(words.length > 0 ? [...table(words, width, columns), ''] : []),
    ...table(own, width, columns),
    ...(cluster.length > 0
      ? [
          '',
          ...wrap(
            'For a cluster that is not in the clusters file, the options of the consul command:',
            columns,
          ),
          '',
          ...table(cluster, width, columns),
        ]
      : []),
    ...(examples.length > 0
      ? ['', 'Examples:', '', ...examples.map((one) => `  ${exampleLines(one, columns)}`)]
      : []),
    '',
  ].join('\n');
};
