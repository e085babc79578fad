import { parseArgs, type ParseArgsConfig } from 'node:util';
import { suggestName } from '../config/suggest-name';
import {
  choice,
  type CliCommand,
  type ExitCode,
  exit,
  type Terminal,
  usageError,
  type Values,
} from './command';
import { exitCodes } from './exit-codes';
import { consulFlags } from './consul-flags';
import { commandHelp, overview, usageText } from './help';
import { mistakeExit } from './mistake-exit';

const common = {
  clusters: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Options = NonNullable<ParseArgsConfig['options']>;

/** Returns all options of a command. `-o` stands for `--format`, as in kubectl and docker. */
export const optionsOf = (command: CliCommand): Options => ({
  ...command.options,
  ...('format' in command.options && { format: { type: 'string', short: 'o' } }),
  ...(command.takesCluster === true && consulFlags),
  ...common,
});

/**
 * Accepts long flags with one dash, as the `consul` command does: `-format=json`, and `-o=json`, as kubectl does. Does
 * not change groups of short flags that the command knows, or anything after `--`.
 */
const withTwoDashes = (args: readonly string[], options: Options): string[] => {
  const end = args.indexOf('--');
  const shorts = new Set(Object.values(options).map(({ short }) => short));
  return args.map((arg, index) => {
    if (end >= 0 && index >= end) return arg;
    if (arg.startsWith('-o=') && shorts.has('o')) return `--format=${arg.slice('-o='.length)}`;
    const name = /^-([a-z][a-z-]+)(?:=.*)?$/su.exec(arg)?.[1];
    if (name === undefined) return arg;
    return name in options || !shorts.has(name[0]) ? `-${arg}` : arg;
  });
};

/**
 * Counts the words of the options that stand before the command; undefined if no command has one of them. It is more
 * than there are words where the last option lacks its value.
 */
export const countLeadingOptions = (
  argv: readonly string[],
  commands: readonly CliCommand[],
): number | undefined => {
  const options: Options = Object.assign({}, ...commands.map(optionsOf));
  let at = 0;
  for (let arg = argv[0]; arg?.startsWith('-'); arg = argv[at]) {
    const [, long = '', joined] = /^--?([a-z][a-z-]*)(=.*)?$/s.exec(arg) ?? [];
    const name = long === 'o' ? 'format' : long;
    if (!Object.hasOwn(options, name)) return undefined;
    at += joined === undefined && options[name]?.type === 'string' ? 2 : 1;
  }
  return at;
};

/** Moves options that stand before the command behind it: `-http-addr=ADDRESS check`. */
export const withCommandFirst = (
  argv: readonly string[],
  commands: readonly CliCommand[],
): readonly string[] => {
  const at = countLeadingOptions(argv, commands) ?? 0;
  const command = argv[at];
  return commands.some(({ name }) => name === command) && command !== undefined
    ? [command, ...argv.slice(0, at), ...argv.slice(at + 1)]
    : argv;
};

const noSuchCommand = (name: string, commands: readonly CliCommand[], terminal: Terminal): ExitCode => {
  const known = commands.filter(({ isHidden }) => isHidden !== true).map((one) => one.name);
  const meant = suggestName(name, name.startsWith('-') ? ['--help', '--version'] : known);
  const hint = meant ? `did you mean "${meant}"?` : 'peering-bot --help lists the commands';
  return usageError(terminal, `there is no command ${JSON.stringify(name.slice(0, 60))}; ${hint}`);
};

/** A command line without a mistake. */
interface ParsedLine {
  readonly command: CliCommand;
  readonly positionals: readonly string[];
  readonly values: Values;
}

/**
 * Runs one command line (without `node` and the script) and returns its exit status. A mistake in it is answered
 * on standard error with what was expected; nothing is thrown for bad input.
 */
export const runCli = async (
  commands: readonly CliCommand[],
  argv: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> => {
  const line = parseLine(commands, argv, terminal);
  if (typeof line === 'number') return line === exit.usage ? mistakeExit(argv) : line;
  return line.command.run(line.positionals, line.values, terminal);
};

/** Parses a command line. An exit status instead means that all is written: help, or the mistake. */
const parseLine = (
  commands: readonly CliCommand[],
  argv: readonly string[],
  terminal: Terminal,
): ParsedLine | ExitCode => {
  const [first, ...rest] = withCommandFirst(argv, commands);
  const name = first !== undefined && ['--version', '-version', '-v'].includes(first) ? 'version' : first;
  if (name === undefined) {
    terminal.err(overview(commands, terminal));
    return exit.usage;
  }
  if (name === '--help' || name === '-help' || name === '-h' || name === 'help') {
    const [subject] = rest;
    const explained = commands.find((one) => one.name === subject);
    if (subject !== undefined && explained === undefined) return noSuchCommand(subject, commands, terminal);
    terminal.out(explained ? commandHelp(explained, terminal) : overview(commands, terminal));
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
      `${parseMessage(error, Object.keys(options))}\n${usageText(command, terminal)}\npeering-bot ${command.name} --help explains its options`,
    );
  }
  if (parsed.values['help']) {
    terminal.out(commandHelp(command, terminal));
    return exit.fine;
  }
  const codes = choice(parsed.values, 'exit-codes', exitCodes, 'default');
  if (typeof codes === 'object') return usageError(terminal, codes.problem);
  const [min, max] = command.positionals;
  const { length } = parsed.positionals;
  if (length < min || length > max) {
    const problem = `too ${length < min ? 'few' : 'many'} arguments`;
    return usageError(terminal, `${problem}\n${usageText(command, terminal)}`);
  }
  return { command, positionals: parsed.positionals, values: parsed.values };
};

const parseMessage = (error: unknown, known: readonly string[]): string => {
  // Node prefixes its class and code when the error is printed.
  const message =
    String(error)
      .replace(/^\w*Error(?: \[\w+\])?: /, '')
      .split('. ')[0] ?? '';
  const unknownOption = /^Unknown option '--?([^']+)'/.exec(message)?.[1];
  const meant = unknownOption === undefined ? undefined : suggestName(unknownOption, known);
  const valueless = /^Option '(?:-\w, )?--([\w-]+) <value>' argument missing/.exec(message)?.[1];
  if (valueless !== undefined) return `--${valueless} needs a value`;
  const dashed = /^Option '(?:-\w, )?--([\w-]+)[^']*' argument is ambiguous/.exec(message)?.[1];
  if (dashed !== undefined)
    return `--${dashed} needs a value; write --${dashed}=VALUE for one that starts with a dash`;
  return meant ? `${message}; did you mean --${meant}?` : message;
};
