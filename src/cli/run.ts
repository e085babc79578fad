import { parseArgs } from 'node:util';
import { nearest } from '../config/nearest';
import { type CliCommand, type ExitCode, exit, type Terminal, usageError } from './command';

const common = {
  clusters: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const commonHelp = {
  clusters: 'FILE  the clusters file (default: $PEERING_CLUSTERS, then clusters.yml)',
  help: 'show this',
};

/**
 * Runs one command line (without `node` and the script) and gives its exit status. A mistake in it is answered
 * on standard error with what was expected; nothing is thrown for bad input.
 */
export const runCli = async (
  commands: readonly CliCommand[],
  argv: readonly string[],
  terminal: Terminal,
  version: string,
): Promise<ExitCode> => {
  const [name, ...rest] = argv;
  if (name === '--version' || name === '-v') {
    terminal.out(`${version}\n`);
    return exit.fine;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const asked = name === undefined ? undefined : commands.find((one) => one.name === rest[0]);
    (name === undefined ? terminal.err : terminal.out)(asked ? commandHelp(asked) : overview(commands));
    return name === undefined ? exit.usage : exit.fine;
  }
  const command = commands.find((one) => one.name === name);
  if (!command) {
    const meant = nearest(
      name,
      commands.map((one) => one.name),
    );
    const hint = meant ? `did you mean "${meant}"?` : 'peering-bot --help lists the commands';
    return usageError(terminal, `there is no command ${JSON.stringify(name.slice(0, 60))}; ${hint}`);
  }
  const options = { ...command.options, ...common };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: rest, options, allowPositionals: true, strict: true });
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
  const [fewest, most] = command.positionals;
  if (parsed.positionals.length < fewest || parsed.positionals.length > most) {
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
  const meant = unknownOption === undefined ? undefined : nearest(unknownOption, known);
  return meant ? `${message}; did you mean --${meant}?` : message;
};

const overview = (commands: readonly CliCommand[]): string => {
  const width = Math.max(...commands.map((one) => one.name.length));
  return [
    'peering-bot: whether Consul clusters are fit for cluster peering, what is wrong, and what to paste to mend it',
    '',
    ...commands.map((one) => `  ${one.name.padEnd(width)}  ${one.summary}`),
    '',
    'peering-bot COMMAND --help says more. All take --clusters FILE.',
    'Exit status: 0 fine, 1 findings, 2 usage or configuration, 3 not reached or not decided.',
    '',
  ].join('\n');
};

const commandHelp = (command: CliCommand): string => {
  const help: Readonly<Record<string, string>> = { ...command.optionHelp, ...commonHelp };
  const width = Math.max(...Object.keys(help).map((name) => name.length));
  return [
    `usage: peering-bot ${command.name} ${command.usage}`.trimEnd(),
    '',
    command.summary,
    '',
    ...Object.entries(help).map(([name, text]) => `  --${name.padEnd(width)}  ${text}`),
    '',
  ].join('\n');
};
