import { parseArgs, type ParseArgsConfig } from 'node:util';
import { suggestName } from '../config/suggest-name';
import { type CliCommand, type ExitCode, exit, type Terminal, usageError } from './command';
import { consulFlagHelp, consulFlags } from './consul-flags';

const common = {
  clusters: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const commonHelp = {
  clusters: 'FILE  the clusters file (default: $PEERING_CLUSTERS, then clusters.yml)',
  help: 'show this',
};

type Options = NonNullable<ParseArgsConfig['options']>;

/** Returns all options of a command. `-o` stands for `--format`, as in kubectl and docker. */
export const optionsOf = (command: CliCommand): Options => ({
  ...command.options,
  ...('format' in command.options && { format: { type: 'string', short: 'o' } }),
  ...(command.takesCluster === true && consulFlags),
  ...common,
});

/**
 * Accepts long flags with one dash, as the `consul` command does: `-format=json`. Does not change groups of short flags
 * that the command knows, or anything after `--`.
 */
const withTwoDashes = (args: readonly string[], options: Options): string[] => {
  const end = args.indexOf('--');
  const shorts = new Set(Object.values(options).map(({ short }) => short));
  return args.map((arg, index) => {
    const name = /^-([a-z][a-z-]+)(?:=.*)?$/su.exec(arg)?.[1];
    if (name === undefined || (end >= 0 && index >= end)) return arg;
    return name in options || !shorts.has(name[0]) ? `-${arg}` : arg;
  });
};

const noSuchCommand = (name: string, commands: readonly CliCommand[], terminal: Terminal): ExitCode => {
  const meant = suggestName(
    name,
    commands.map((one) => one.name),
  );
  const hint = meant ? `did you mean "${meant}"?` : 'peering-bot --help lists the commands';
  return usageError(terminal, `there is no command ${JSON.stringify(name.slice(0, 60))}; ${hint}`);
};

/**
 * Runs one command line (without `node` and the script) and returns its exit status. A mistake in it is answered
 * on standard error with what was expected; nothing is thrown for bad input.
 */
export const runCli = async (
  commands: readonly CliCommand[],
  argv: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> => {
  const [first, ...rest] = argv;
  const name = first !== undefined && ['--version', '-version', '-v'].includes(first) ? 'version' : first;
  if (name === undefined) {
    terminal.err(overview(commands));
    return exit.usage;
  }
  if (name === '--help' || name === '-help' || name === '-h' || name === 'help') {
    const [subject] = rest;
    const explained = commands.find((one) => one.name === subject);
    if (subject !== undefined && explained === undefined) return noSuchCommand(subject, commands, terminal);
    terminal.out(explained ? commandHelp(explained) : overview(commands));
    return exit.fine;
  }
  const command = commands.find((one) => one.name === name);
  if (!command) return noSuchCommand(name, commands, terminal);
  const options = optionsOf(command);
  let parsed: ReturnType<typeof parseArgs>;
  try {
    const args = withTwoDashes(rest, options);
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    return usageError(
      terminal,
      `${parseMessage(error, Object.keys(options))}\nusage: peering-bot ${command.name} ${command.usage}`,
    );
  }
  if (parsed.values['help']) {
    terminal.out(commandHelp(command));
    return exit.fine;
  }
  const [min, max] = command.positionals;
  if (parsed.positionals.length < min || parsed.positionals.length > max) {
    return usageError(terminal, `usage: peering-bot ${command.name} ${command.usage}`);
  }
  return command.run(parsed.positionals, parsed.values, terminal);
};

const parseMessage = (error: unknown, known: readonly string[]): string => {
  // Node prefixes its class and code when the error is printed.
  const message =
    String(error)
      .replace(/^\w*Error(?: \[\w+\])?: /, '')
      .split('. ')[0] ?? '';
  const unknownOption = /^Unknown option '--?([^']+)'/.exec(message)?.[1];
  const meant = unknownOption === undefined ? undefined : suggestName(unknownOption, known);
  return meant ? `${message}; did you mean --${meant}?` : message;
};

const overview = (commands: readonly CliCommand[]): string => {
  const width = Math.max(...commands.map((one) => one.name.length));
  return [
    'peering-bot: checks whether Consul clusters are ready for cluster peering, and shows evidence and fixes',
    '',
    ...commands
      .filter(({ isHidden }) => isHidden !== true)
      .map((one) => `  ${one.name.padEnd(width)}  ${one.summary}`),
    '',
    'For more about a command: peering-bot COMMAND --help. All take --clusters FILE; one dash also works for long flags.',
    'Exit status: 0 fine, 1 findings, 2 wrong usage or configuration, 3 unreachable or unknown.',
    '',
  ].join('\n');
};

const optionLines = (help: Readonly<Record<string, string>>, width: number): readonly string[] =>
  Object.entries(help).map(([name, text]) => `  --${name.padEnd(width)}  ${text}`);

const commandHelp = (command: CliCommand): string => {
  const own: Readonly<Record<string, string>> = { ...command.optionHelp, ...commonHelp };
  const cluster = command.takesCluster === true ? consulFlagHelp : {};
  const width = Math.max(...Object.keys({ ...own, ...cluster }).map((name) => name.length));
  const examples = command.examples ?? [];
  return [
    `usage: peering-bot ${command.name} ${command.usage}`.trimEnd(),
    '',
    command.summary,
    '',
    ...optionLines(own, width),
    ...(command.takesCluster === true
      ? [
          '',
          'For a cluster that is not in the clusters file, the options of the consul command:',
          '',
          ...optionLines(cluster, width),
        ]
      : []),
    ...(examples.length > 0 ? ['', 'Examples:', '', ...examples.map((one) => `  peering-bot ${one}`)] : []),
    '',
  ].join('\n');
};
